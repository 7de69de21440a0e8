// y[r, y_start + k] = x[r, x_start + k], as move.wgsl, of vec4s: all sizes count them.
//
//   x  [rows, x_row]  source
//   y  [rows, y_row]  target; what lies beside the run is left as it is
//
// One invocation a vec4: bound by memory traffic.
struct Sizes { n: u32, run: u32, x_row: u32, x_start: u32, y_row: u32, y_start: u32 }

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
  if (i >= sizes.n) { return; }
  let row = i / sizes.run;
  let k = i - row * sizes.run;
  y[row * sizes.y_row + sizes.y_start + k] = x[row * sizes.x_row + sizes.x_start + k];
}
