// gx[p, i] = Σ of gy[p, o] over the outputs o whose maximum stands at i.
//
//   gy     [planes, out_height, out_width]  gradient put into the output
//   index  [planes, out_height, out_width]  places of the maxima, from the forward pass
//   gx     [planes, height, width]          gradient of the input
//
// A gather: an invocation looks at the few windows that can contain its pixels, in scan order, so there are no atomics and
// the order of the sum is fixed. Its block is BLOCK_H × BLOCK_W pixels, 2 along axes of even stride and else 1, aligned in
// the padded picture: all of them have the same windows, which are read once. An index of −1 stands at no pixel.
struct Sizes {
  n: u32,
  height: i32, width: i32,
  out_height: u32, out_width: u32,
  pad_h: i32, pad_w: i32,
  blocks_h: u32, blocks_w: u32,
}

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read> index: array<i32>;
@group(0) @binding(2) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// Windows that can contain one place on an axis; of those that are dilated, most do not.
const WINDOWS_H = (DILATION_H * (KERNEL_H - 1) + STRIDE_H) / STRIDE_H;
const WINDOWS_W = (DILATION_W * (KERNEL_W - 1) + STRIDE_W) / STRIDE_W;

// Writes one pixel of the plane that begins at `plane`, if the picture has it.
fn put(plane: u32, iy: i32, ix: i32, value: f32) {
  if (iy < 0 || iy >= sizes.height || ix < 0 || ix >= sizes.width) { return; }
  gx[plane + u32(iy * sizes.width + ix)] = Scalar(value);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = (group.y * groups.x + group.x) * 64u + local;
  if (block >= sizes.n) { return; }
  let line = block / sizes.blocks_w;
  let plane = line / sizes.blocks_h;
  let y = (line - plane * sizes.blocks_h) * BLOCK_H;
  let x = (block - line * sizes.blocks_w) * BLOCK_W;
  let top = i32(y) - sizes.pad_h;
  let left = i32(x) - sizes.pad_w;
  let corner = top * sizes.width + left;
  let outputs = plane * sizes.out_height * sizes.out_width;
  // Windows above or left of the first wrap round to numbers beyond the last, so one comparison finds both.
  let first_y = y / STRIDE_H - u32(WINDOWS_H - 1);
  let first_x = x / STRIDE_W - u32(WINDOWS_W - 1);
  // The block's pixels as places relative to its corner: left and right of the upper row, then of the lower.
  let pixels = vec4i(0, 1, sizes.width, sizes.width + 1);
  var sums = vec4f();
  for (var a = 0u; a < WINDOWS_H; a++) {
    let oy = first_y + a;
    if (oy >= sizes.out_height) { continue; }
    for (var b = 0u; b < WINDOWS_W; b++) {
      let ox = first_x + b;
      if (ox >= sizes.out_width) { continue; }
      let output = outputs + oy * sizes.out_width + ox;
      sums += select(vec4f(), vec4f(f32(gy[output])), pixels == vec4i(index[output] - corner));
    }
  }
  let start = plane * u32(sizes.height * sizes.width);
  put(start, top, left, sums.x);
  if (BLOCK_W == 2) { put(start, top, left + 1, sums.y); }
  if (BLOCK_H == 2) { put(start, top + 1, left, sums.z); }
  if (BLOCK_H == 2 && BLOCK_W == 2) { put(start, top + 1, left + 1, sums.w); }
}
