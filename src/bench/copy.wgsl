// y = x: the adapter's memory rate.
//
//   x, y  [n] vec4
//
// One invocation a vec4, neighbours beside each other. What a kernel's bytes a second are a share of.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  if (i < sizes.n) { y[i] = x[i]; }
}
