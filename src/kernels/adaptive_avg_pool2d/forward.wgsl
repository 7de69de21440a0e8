// y[p, oy, ox] = mean of x over rows ⌊oy · height / out_height⌋ … ⌈(oy + 1) · height / out_height⌉ − 1 and columns likewise.
//
//   x  [planes, height, width]          input
//   y  [planes, out_height, out_width]  output
//
// One invocation an output; each row is summed by itself, then the rows.
struct Sizes { n: u32, height: u32, width: u32, out_height: u32, out_width: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.n) { return; }
  let ox = output % sizes.out_width;
  let oy = (output / sizes.out_width) % sizes.out_height;
  let plane = (output / (sizes.out_width * sizes.out_height)) * sizes.height * sizes.width;
  let top = oy * sizes.height / sizes.out_height;
  let bottom = ((oy + 1u) * sizes.height + sizes.out_height - 1u) / sizes.out_height;
  let left = ox * sizes.width / sizes.out_width;
  let right = ((ox + 1u) * sizes.width + sizes.out_width - 1u) / sizes.out_width;
  var total = f32(0);
  for (var iy = top; iy < bottom; iy++) {
    var line = f32(0);
    for (var ix = left; ix < right; ix++) { line += f32(x[plane + iy * sizes.width + ix]); }
    total += line;
  }
  y[output] = Scalar(total / f32((bottom - top) * (right - left)));
}
