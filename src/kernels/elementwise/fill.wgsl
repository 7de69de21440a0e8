// y = value, element by element.
//
//   y  [n]  output
struct Sizes { n: u32, value: f32 }

@group(0) @binding(0) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(1) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + local;
  if (i >= sizes.n) { return; }
  y[i] = Scalar(sizes.value);
}
