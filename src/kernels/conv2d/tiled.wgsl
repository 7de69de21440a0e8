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
// TILE_N sums, and each invocation keeps BLOCK_M × BLOCK_N sums in registers. Outputs and pixels come in fours, which
// workgroup memory hands out at once: (BLOCK_M + BLOCK_N) / 4 reads for BLOCK_M · BLOCK_N multiply–adds, neighbouring
// invocations reading neighbouring fours. An invocation brings in the same four pixels at each of its taps, so where they
// lie is worked out once, and the next values are on their way while it sums. Each sum is one accumulator over the taps of
// the first CHANNEL_BLOCK channels, at each tap over these channels, then over the next ones: no tile changes a bit.
//
// Made for GPUs. On an H100 it reaches 10 to 21 of 59 TFLOP/s in the 3 × 3 layers of ResNet-18 with a stride of one at batch 16
// (17 to 36 % of the peak), and 1 to 4 at batch 1, which leaves it idle. On lavapipe it reaches 1 % of the peak, on SwiftShader
// less, because workgroup memory costs them as much as any other: they take packed.ts and ../matmul/product.ts.
const THREADS_M = TILE_M / BLOCK_M;
const THREADS_N = TILE_N / BLOCK_N;
const THREADS = THREADS_M * THREADS_N;
const TAPS = KERNEL_H * KERNEL_W;
const FOURS_M = TILE_M / 4;
const FOURS_N = TILE_N / 4;
const PITCH_M = FOURS_M + 1; // a four to spare, so that neighbours in k lie in different banks of memory
const BLOCK_FOURS_M = BLOCK_M / 4;
const BLOCK_FOURS_N = BLOCK_N / 4;
// Fours that an invocation brings in a turn.
const LOADS_X = TILE_K * FOURS_N / THREADS;
const LOADS_WEIGHTS = (TILE_K * FOURS_M + THREADS - 1) / THREADS;

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

var<workgroup> weight_tile: array<vec4f, TILE_K * PITCH_M>;
var<workgroup> x_tile: array<vec4f, TILE_K * FOURS_N>;

/** Pixels by number: picture, row and column of the grid. */
struct Pixels { picture: vec4u, row: vec4u, column: vec4u, inside: vec4<bool> }

fn pixels_from(first: u32) -> Pixels {
  let area = sizes.rows * sizes.columns;
  let pixel = vec4u(first) + vec4u(0u, 1u, 2u, 3u);
  let picture = pixel / area;
  let within = pixel - picture * area;
  let row = within / sizes.columns;
  return Pixels(picture, row, within - row * sizes.columns, picture < vec4u(sizes.batch));
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let pixels = sizes.batch * sizes.rows * sizes.columns;
  let depth = (sizes.channels + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK * CHANNEL_BLOCK * TAPS;
  let tiles_n = (pixels + TILE_N - 1) / TILE_N;
  let tiles_m = (sizes.outputs + TILE_M - 1) / TILE_M;
  let tile = workgroup.y * workgroups.x + workgroup.x;
  if (tile >= tiles_n * tiles_m * sizes.groups) { return; }
  let first_pixel = tile % tiles_n * TILE_N;
  let first_output = tile / tiles_n % tiles_m * TILE_M;
  let group = tile / (tiles_n * tiles_m);

  // The pixels whose inputs this invocation brings in.
  let load = pixels_from(first_pixel + local % FOURS_N * 4);
  let top = vec4i(load.row * STRIDE_H) - sizes.pad_h;
  let left = vec4i(load.column * STRIDE_W) - sizes.pad_w;
  // Where the first tap of the first channel lies; it wraps where that is before the picture.
  let first_row = (load.picture * sizes.groups + group) * sizes.channels * sizes.x_height + vec4u(top);
  let corner = first_row * sizes.x_width + vec4u(left);
  let weight_first = sizes.weight_start + group * sizes.weight_group;

  let thread_m = local / THREADS_N;
  let thread_n = local % THREADS_N;
  var sums: array<vec4f, BLOCK_M * BLOCK_FOURS_N>;
  var next_x: array<vec4f, LOADS_X>;
  var next_weights: array<vec4f, LOADS_WEIGHTS>;

  // The values of a turn are on their way while those of the turn before are summed.
  let turns = (depth + TILE_K - 1) / TILE_K;
  for (var turn = 0u; turn <= turns; turn++) {
    if (turn > 0) {
      for (var i = 0u; i < LOADS_X; i++) { x_tile[local + i * THREADS] = next_x[i]; }
      for (var i = 0u; i < LOADS_WEIGHTS; i++) {
        let each = local + i * THREADS;
        if (each < TILE_K * FOURS_M) { weight_tile[each % TILE_K * PITCH_M + each / TILE_K] = next_weights[i]; }
      }
      workgroupBarrier();
    }
    if (turn < turns) {
      let k = turn * TILE_K;
      for (var i = 0u; i < LOADS_X; i++) {
        let at = k + local / FOURS_N + i * (THREADS / FOURS_N);
        let tap = at / CHANNEL_BLOCK % TAPS;
        let channel = at / (CHANNEL_BLOCK * TAPS) * CHANNEL_BLOCK + at % CHANNEL_BLOCK;
        let h = top + i32(tap / KERNEL_W * DILATION_H);
        let w = left + i32(tap % KERNEL_W * DILATION_W);
        // Numbers below zero are beyond the end as unsigned ones.
        let inside = load.inside & (vec4u(h) < vec4u(sizes.x_height)) & (vec4u(w) < vec4u(sizes.x_width))
          & vec4<bool>(channel < sizes.channels);
        let away = (channel * sizes.x_height + tap / KERNEL_W * DILATION_H) * sizes.x_width + tap % KERNEL_W * DILATION_W;
        let place = select(vec4u(), corner + away, inside);
        let values = vec4f(vec4<Scalar>(x[place.x], x[place.y], x[place.z], x[place.w]));
        next_x[i] = select(vec4f(), values, inside);
      }
      for (var i = 0u; i < LOADS_WEIGHTS; i++) {
        let each = local + i * THREADS;
        let at = k + each % TILE_K;
        let tap = at / CHANNEL_BLOCK % TAPS;
        let channel = at / (CHANNEL_BLOCK * TAPS) * CHANNEL_BLOCK + at % CHANNEL_BLOCK;
        let output = vec4u(first_output + each / TILE_K * 4) + vec4u(0u, 1u, 2u, 3u);
        let inside = (output < vec4u(sizes.outputs)) & vec4<bool>(channel < sizes.channels);
        let start = weight_first + channel * sizes.weight_channel + tap / KERNEL_W * sizes.weight_h
          + tap % KERNEL_W * sizes.weight_w;
        let place = select(vec4u(), start + output * sizes.weight_output, inside);
        let values = vec4f(vec4<Scalar>(weight[place.x], weight[place.y], weight[place.z], weight[place.w]));
        next_weights[i] = select(vec4f(), values, inside);
      }
    }
    if (turn == 0) { continue; }
    for (var row = 0u; row < TILE_K; row++) {
      var factors: array<vec4f, BLOCK_FOURS_N>;
      for (var n = 0u; n < BLOCK_FOURS_N; n++) { factors[n] = x_tile[row * FOURS_N + n * THREADS_N + thread_n]; }
      for (var m = 0u; m < BLOCK_FOURS_M; m++) {
        let weights = weight_tile[row * PITCH_M + m * THREADS_M + thread_m];
        for (var n = 0u; n < BLOCK_FOURS_N; n++) {
          let i = 4 * m * BLOCK_FOURS_N + n;
          sums[i] = fma(vec4f(weights.x), factors[n], sums[i]);
          sums[i + BLOCK_FOURS_N] = fma(vec4f(weights.y), factors[n], sums[i + BLOCK_FOURS_N]);
          sums[i + 2 * BLOCK_FOURS_N] = fma(vec4f(weights.z), factors[n], sums[i + 2 * BLOCK_FOURS_N]);
          sums[i + 3 * BLOCK_FOURS_N] = fma(vec4f(weights.w), factors[n], sums[i + 3 * BLOCK_FOURS_N]);
        }
      }
    }
    workgroupBarrier();
  }

  let y_area = sizes.y_height * sizes.y_width;
  for (var n = 0u; n < BLOCK_FOURS_N; n++) {
    let store = pixels_from(first_pixel + (n * THREADS_N + thread_n) * 4);
    let y_start = store.picture * (sizes.groups * sizes.outputs * y_area)
      + (sizes.first_h + store.row * sizes.step_h) * sizes.y_width + sizes.first_w + store.column * sizes.step_w;
    for (var m = 0u; m < BLOCK_M; m++) {
      let output = first_output + (m / 4 * THREADS_M + thread_m) * 4 + m % 4;
      if (output >= sizes.outputs) { continue; }
      let channel = group * sizes.outputs + output;
      var values = sums[m * BLOCK_FOURS_N + n];
      if (HAS_BIAS != 0) { values += f32(bias[channel]); }
      let at = y_start + channel * y_area;
      if (store.inside.x) { y[at.x] = Scalar(values.x); }
      if (store.inside.y) { y[at.y] = Scalar(values.y); }
      if (store.inside.z) { y[at.z] = Scalar(values.z); }
      if (store.inside.w) { y[at.w] = Scalar(values.w); }
    }
  }
}
