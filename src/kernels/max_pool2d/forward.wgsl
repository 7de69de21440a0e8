// y[p, oy, ox] = max over the window of x[p, oy · stride − padding + ky · dilation, ox · stride − padding + kx · dilation]
// inside the picture.
//
//   x      [planes, height, width]          input
//   y      [planes, out_height, out_width]  output
//   index  [planes, out_height, out_width]  where in its plane the maximum stands: the first one in scan order
//
// One invocation an output; windows overlap little, so caches serve the reuse. A NaN in the window comes out as NaN: it is
// recognised by its bits, because WGSL may assume that comparisons never see one. A dilated window may miss the picture
// with all its places: its maximum is −∞ and its index −1.
struct Sizes { n: u32, height: i32, width: i32, out_height: u32, out_width: u32, pad_h: i32, pad_w: i32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> index: array<i32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn isNan(value: f32) -> bool { return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u; }

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
  // −∞ by way of a variable, because WGSL has no constant for it.
  var lowest = 0xff800000u;
  var highest = bitcast<f32>(lowest);
  var best = -1;
  for (var ky = 0; ky < KERNEL_H; ky++) {
    let iy = row + ky * DILATION_H;
    if (iy < 0 || iy >= sizes.height) { continue; }
    for (var kx = 0; kx < KERNEL_W; kx++) {
      let ix = column + kx * DILATION_W;
      if (ix < 0 || ix >= sizes.width) { continue; }
      let at = iy * sizes.width + ix;
      let value = f32(x[plane + u32(at)]);
      if (best < 0 || (!isNan(highest) && (value > highest || isNan(value)))) {
        highest = value;
        best = at;
      }
    }
  }
  y[output] = Scalar(highest);
  index[output] = best;
}
