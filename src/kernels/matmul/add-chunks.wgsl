// total[i] = [total[i] +] Σ_chunk partial[chunk,i], chunks ascending: the second pass of a sum that was split.
//
//   partial  [chunks, n]
//   total    [n], added to where ACCUMULATE is 1
//
// One invocation an element, bound by memory traffic.
struct Sizes { n: u32, chunks: u32 }

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> total: array<Output>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (workgroup.y * workgroups.x + workgroup.x) * 256u + local;
  if (i >= sizes.n) { return; }
  var sum = f32(0);
  for (var chunk = 0u; chunk < sizes.chunks; chunk++) { sum += partial[chunk * sizes.n + i]; }
  if (ACCUMULATE != 0) { sum = f32(total[i]) + sum; }
  total[i] = Output(sum);
}
