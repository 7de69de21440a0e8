// gx[p, i] = Σ of gy[p, o] over the outputs o whose maximum stands at i.
//
//   gy     [planes, out_height, out_width]  gradient put into the output
//   index  [planes, out_height, out_width]  places of the maxima, from the forward pass
//   gx     [planes, height, width]          gradient of the input
//
// A gather: one invocation an input pixel looks at the few windows that can contain it, in scan order, so there are no
// atomics and the order of the sum is fixed. A fixed number of windows, whether or not they do contain it, is what SIMD lanes
// like: twice as fast on processors as exact bounds.
struct Sizes { n: u32, height: u32, width: u32, out_height: u32, out_width: u32, pad_h: u32, pad_w: u32 }

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// Windows that can contain one place on an axis.
const WINDOWS_H = (KERNEL_H + STRIDE_H - 1) / STRIDE_H;
const WINDOWS_W = (KERNEL_W + STRIDE_W - 1) / STRIDE_W;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let input = (group.y * groups.x + group.x) * 64u + local;
  if (input >= sizes.n) { return; }
  let row = input / sizes.width;
  let plane = row / sizes.height;
  let place = input - plane * sizes.height * sizes.width;
  let iy = row - plane * sizes.height + sizes.pad_h;
  let ix = input - row * sizes.width + sizes.pad_w;
  let outputs = plane * sizes.out_height * sizes.out_width;
  // Windows above or left of the first wrap round to numbers beyond the last, so one comparison finds both.
  let first_y = iy / STRIDE_H - u32(WINDOWS_H - 1);
  let first_x = ix / STRIDE_W - u32(WINDOWS_W - 1);
  var sum = Scalar(0);
  for (var a = 0u; a < WINDOWS_H; a++) {
    let oy = first_y + a;
    if (oy >= sizes.out_height) { continue; }
    for (var b = 0u; b < WINDOWS_W; b++) {
      let ox = first_x + b;
      let output = outputs + oy * sizes.out_width + ox;
      if (ox < sizes.out_width && index[output] == place) { sum += gy[output]; }
    }
  }
  gx[input] = sum;
}
