// gx[p, i] = Σ of gy[p, o] / divisor(o) over the outputs o whose window holds i; divisors as in forward.wgsl.
//
//   gy  [planes, out_height, out_width]  gradient put into the output
//   gx  [planes, height, width]          gradient of the input
//
// A gather: one invocation an input pixel, windows in scan order.
struct Sizes { n: u32, height: i32, width: i32, out_height: i32, out_width: i32, pad_h: i32, pad_w: i32 }

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> gx: array<Scalar>;
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
  let input = (group.y * groups.x + group.x) * 64u + local;
  if (input >= sizes.n) { return; }
  let pixels = u32(sizes.width * sizes.height);
  let place = i32(input % pixels);
  let plane = (input / pixels) * u32(sizes.out_height * sizes.out_width);
  let iy = place / sizes.width + sizes.pad_h;
  let ix = place % sizes.width + sizes.pad_w;
  var sum = 0.0;
  for (var oy = max(iy - KERNEL_H + STRIDE_H, 0) / STRIDE_H; oy <= min(iy / STRIDE_H, sizes.out_height - 1); oy++) {
    let rows = inside(oy * STRIDE_H - sizes.pad_h, sizes.pad_h, KERNEL_H, sizes.height);
    for (var ox = max(ix - KERNEL_W + STRIDE_W, 0) / STRIDE_W; ox <= min(ix / STRIDE_W, sizes.out_width - 1); ox++) {
      let columns = inside(ox * STRIDE_W - sizes.pad_w, sizes.pad_w, KERNEL_W, sizes.width);
      sum += f32(gy[plane + u32(oy * sizes.out_width + ox)]) / f32(rows * columns);
    }
  }
  gx[input] = Scalar(sum);
}
