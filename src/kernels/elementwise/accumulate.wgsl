// y += x, element by element.
//
//   x  [n]  summand
//   y  [n]  sum, in place
//
// One invocation a vec4, bound by memory traffic.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (4u * i >= sizes.n) { return; }
  y[i] = vec4<Scalar>(vec4<f32>(y[i]) + vec4<f32>(x[i]));
}
