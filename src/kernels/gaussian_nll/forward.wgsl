// loss = ½ (log v + (input − target)² / v) + constant with v = max(variance, eps), element by element.
//
//   input, target_value, variance  [n]
//   loss                           [n]
struct Sizes { n: u32, eps: f32, constant: f32 }

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> target_value: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  let v = max(variance[i], f32(sizes.eps));
  let error = input[i] - target_value[i];
  loss[i] = 0.5 * (log(v) + error * error / v) + f32(sizes.constant);
}
