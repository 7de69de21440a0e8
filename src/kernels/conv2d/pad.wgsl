// padded[plane,h,w] = x[plane, h − before_h, w − before_w] where that lies inside, else 0.
//
//   x       [planes, x_height, x_width]
//   padded  [planes, height, width]
//
// One invocation four neighbours of a row, so that the divisions serve all four. Bound by memory traffic.
struct Sizes {
  planes: u32, x_height: u32, x_width: u32, height: u32, width: u32, before_h: u32, before_w: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> padded: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  let fours = (sizes.width + 3u) / 4u;
  let row = i / fours;
  if (row >= sizes.planes * sizes.height) { return; }
  let first = i % fours * 4u;
  let plane = row / sizes.height;
  // Unsigned numbers wrap, so what lies before the picture is beyond its end.
  let h = row % sizes.height - sizes.before_h;
  let start = (plane * sizes.x_height + h) * sizes.x_width;
  for (var w = first; w < min(first + 4u, sizes.width); w++) {
    let from_w = w - sizes.before_w;
    var value = Scalar(0);
    if (h < sizes.x_height && from_w < sizes.x_width) { value = x[start + from_w]; }
    padded[row * sizes.width + w] = value;
  }
}
