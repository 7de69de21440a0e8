// y = value, element by element.
//
//   y  [n]  output
//
// One invocation a vec4.
struct Sizes { n: u32, value: f32 }

@group(0) @binding(0) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(1) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (4u * i >= sizes.n) { return; }
  y[i] = vec4<Scalar>(Scalar(sizes.value));
}
