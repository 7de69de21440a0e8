// y[p, oy, ox] = Σ over the window of x / divisor; places outside the picture count as 0.
//
//   x  [planes, height, width]          input
//   y  [planes, out_height, out_width]  output
//
// The divisor is the number of window places inside the picture or, with COUNT_PADDING, inside its padded frame, beyond
// which windows of ceil mode reach. One invocation an output.
struct Sizes { n: u32, height: i32, width: i32, out_height: u32, out_width: u32, pad_h: i32, pad_w: i32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Places on one axis of the window from `start` on that the divisor counts.
fn inside(start: i32, pad: i32, kernel: i32, size: i32) -> i32 {
  let frame = pad * COUNT_PADDING;
  return min(start + kernel, size + frame) - max(start, -frame);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.n) { return; }
  let column = i32(output % sizes.out_width) * STRIDE_W - sizes.pad_w;
  let row = i32((output / sizes.out_width) % sizes.out_height) * STRIDE_H - sizes.pad_h;
  let plane = (output / (sizes.out_width * sizes.out_height)) * u32(sizes.height * sizes.width);
  let rows = min(row + KERNEL_H, sizes.height);
  let columns = min(column + KERNEL_W, sizes.width);
  var total = 0.0;
  for (var iy = max(row, 0); iy < rows; iy++) {
    var line = 0.0;
    for (var ix = max(column, 0); ix < columns; ix++) { line += f32(x[plane + u32(iy * sizes.width + ix)]); }
    total += line;
  }
  let divisor = inside(row, sizes.pad_h, KERNEL_H, sizes.height) * inside(column, sizes.pad_w, KERNEL_W, sizes.width);
  y[output] = Scalar(total / f32(divisor));
}
