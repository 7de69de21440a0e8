// y[r, i] = (x[r, i] − least) / (greatest − least) of its row: each row fills [0, 1]. Rows of one value become 0.
//
//   x      [rows, row]
//   range  [rows, 2]    least and greatest of each row
//   y      [rows, row]
struct Sizes { n: u32, row: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> range: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + local;
  if (i >= sizes.n) { return; }
  let row = i / sizes.row;
  let width = range[2u * row + 1u] - range[2u * row];
  y[i] = select(f32(0), (x[i] - range[2u * row]) / width, width > 0);
}
