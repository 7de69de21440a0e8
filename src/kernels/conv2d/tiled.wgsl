// y[n,m,i,j] = bias[m] + Σ_{c,r,s} weight[m,c,r,s] · x[n,c, i·STRIDE_H − pad_h + r·DILATION_H, j·STRIDE_W − pad_w + s·DILATION_W]
//
// The forward pass of a convolution, and its input gradient, which is the same sum over the output gradient, with inputs and
// outputs of the weights exchanged and the taps last one first, once for each class of pixels that meet the same taps.
//
//   x       [batch, groups·channels, x_height, x_width]
//   weight  element (group,m,c,r,s) at weight_start + group·weight_group + m·weight_output + c·weight_channel
//           + r·weight_h + s·weight_w; strides wrap, so they may be negative
//   bias    [groups·outputs], read where HAS_BIAS is 1
//   y       [batch, groups·outputs, y_height, y_width], of which rows first_h + i·step_h, i < rows, and columns likewise
//
// An implicit matrix product of outputs × taps by taps × pixels. A workgroup computes TILE_M outputs × TILE_N pixels;
// it brings TILE_K taps of both factors into workgroup memory, so that each value read from outside serves TILE_M or
// TILE_N sums, and each invocation keeps BLOCK_M × BLOCK_N sums in registers, so that it reads BLOCK_M + BLOCK_N values
// for BLOCK_M · BLOCK_N multiply–adds. Each sum is one accumulator over the taps
// of the first CHANNEL_BLOCK channels, at each tap over these channels, then over the next ones: no tile changes a bit.
//
// Made for GPUs, where it has not been measured yet. On lavapipe it reaches 1 % of the multiply–add peak, on SwiftShader
// less, because workgroup memory costs them as much as any other: they take packed.ts and
// ../matmul/product.ts.
const THREADS_M = TILE_M / BLOCK_M;
const THREADS_N = TILE_N / BLOCK_N;
const THREADS = THREADS_M * THREADS_N;
const TAPS = KERNEL_H * KERNEL_W;
const PITCH_M = TILE_M + 1; // a word to spare, so that neighbours in k lie in different banks of memory

struct Sizes {
  batch: u32, groups: u32, channels: u32, outputs: u32,
  x_height: u32, x_width: u32, y_height: u32, y_width: u32,
  rows: u32, columns: u32,
  pad_h: i32, pad_w: i32,
  first_h: u32, first_w: u32, step_h: u32, step_w: u32,
  weight_start: u32, weight_group: u32, weight_output: u32, weight_channel: u32, weight_h: u32, weight_w: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> weight: array<Scalar>;
@group(0) @binding(2) var<storage, read> bias: array<Scalar>;
@group(0) @binding(3) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> weight_tile: array<f32, TILE_K * PITCH_M>;
var<workgroup> x_tile: array<f32, TILE_K * TILE_N>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let area = sizes.rows * sizes.columns;
  let pixels = sizes.batch * area;
  let depth = (sizes.channels + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK * CHANNEL_BLOCK * TAPS;
  let tiles_n = (pixels + TILE_N - 1) / TILE_N;
  let tiles_m = (sizes.outputs + TILE_M - 1) / TILE_M;
  let tile = workgroup.y * workgroups.x + workgroup.x;
  if (tile >= tiles_n * tiles_m * sizes.groups) { return; }
  let first_pixel = tile % tiles_n * TILE_N;
  let first_output = tile / tiles_n % tiles_m * TILE_M;
  let group = tile / (tiles_n * tiles_m);

  // The pixel whose inputs this invocation brings in.
  let load_pixel = first_pixel + local % TILE_N;
  let load_inside = load_pixel < pixels;
  let image = load_pixel / area;
  let top = i32(load_pixel % area / sizes.columns * STRIDE_H) - sizes.pad_h;
  let left = i32(load_pixel % sizes.columns * STRIDE_W) - sizes.pad_w;
  let x_start = (image * sizes.groups + group) * sizes.channels;
  let weight_first = sizes.weight_start + group * sizes.weight_group;

  let thread_m = local / THREADS_N;
  let thread_n = local % THREADS_N;
  var sums: array<f32, BLOCK_M * BLOCK_N>;

  for (var k = 0u; k < depth; k += TILE_K) {
    for (var row = local / TILE_N; row < TILE_K; row += THREADS / TILE_N) {
      let tap = (k + row) / CHANNEL_BLOCK % TAPS;
      let channel = (k + row) / (CHANNEL_BLOCK * TAPS) * CHANNEL_BLOCK + (k + row) % CHANNEL_BLOCK;
      let h = top + i32(tap / KERNEL_W * DILATION_H);
      let w = left + i32(tap % KERNEL_W * DILATION_W);
      var value = f32(0);
      if (load_inside && channel < sizes.channels && h >= 0 && w >= 0 && h < i32(sizes.x_height) && w < i32(sizes.x_width)) {
        value = f32(x[((x_start + channel) * sizes.x_height + u32(h)) * sizes.x_width + u32(w)]);
      }
      x_tile[row * TILE_N + local % TILE_N] = value;
    }
    for (var each = local; each < TILE_K * TILE_M; each += THREADS) {
      let output = first_output + each / TILE_K;
      let at = k + each % TILE_K;
      var value = f32(0);
      let tap = at / CHANNEL_BLOCK % TAPS;
      let channel = at / (CHANNEL_BLOCK * TAPS) * CHANNEL_BLOCK + at % CHANNEL_BLOCK;
      if (output < sizes.outputs && channel < sizes.channels) {
        value = f32(weight[weight_first + output * sizes.weight_output + channel * sizes.weight_channel
          + tap / KERNEL_W * sizes.weight_h + tap % KERNEL_W * sizes.weight_w]);
      }
      weight_tile[each % TILE_K * PITCH_M + each / TILE_K] = value;
    }
    workgroupBarrier();
    for (var row = 0u; row < TILE_K; row++) {
      var factors: array<f32, BLOCK_N>;
      for (var n = 0u; n < BLOCK_N; n++) { factors[n] = x_tile[row * TILE_N + n * THREADS_N + thread_n]; }
      for (var m = 0u; m < BLOCK_M; m++) {
        let factor = weight_tile[row * PITCH_M + m * THREADS_M + thread_m];
        for (var n = 0u; n < BLOCK_N; n++) {
          sums[m * BLOCK_N + n] = fma(factor, factors[n], sums[m * BLOCK_N + n]);
        }
      }
    }
    workgroupBarrier();
  }

  for (var n = 0u; n < BLOCK_N; n++) {
    let pixel = first_pixel + n * THREADS_N + thread_n;
    if (pixel >= pixels) { continue; }
    let h = sizes.first_h + pixel % area / sizes.columns * sizes.step_h;
    let w = sizes.first_w + pixel % sizes.columns * sizes.step_w;
    for (var m = 0u; m < BLOCK_M; m++) {
      let output = first_output + m * THREADS_M + thread_m;
      if (output >= sizes.outputs) { continue; }
      let channel = group * sizes.outputs + output;
      var value = sums[m * BLOCK_N + n];
      if (HAS_BIAS != 0) { value += f32(bias[channel]); }
      y[((pixel / area * sizes.groups * sizes.outputs + channel) * sizes.y_height + h) * sizes.y_width + w] = Scalar(value);
    }
  }
}
