// partial[chunk,o,c,r,s] = Σ_{n,i,j} gy[n,o,i,j] · x[n,c, i·STRIDE_H − pad_h + r·DILATION_H, j·STRIDE_W − pad_w + s·DILATION_W],
// n,i over the output rows of the chunk: the weight gradient of a convolution, split.
//
//   x        [batch, groups·channels, x_height, x_width]
//   gy       [batch, groups·outputs, y_height, y_width]
//   partial  [chunks, groups·outputs, channels, KERNEL_H, KERNEL_W]; a chunk is chunk_rows rows of the batch·y_height
//
// An implicit matrix product of outputs × pixels by pixels × taps, tiled like the forward pass (tiled.wgsl). There are few
// sums and they are long, so they are split into chunks, a number that the shape alone determines; add-chunks.wgsl adds
// them in order. Each sum runs over n, i, j ascending in one accumulator: no tile changes a bit.
//
// Made for GPUs, where it has not been measured yet. On lavapipe it reaches 1 % of the multiply–add peak, on SwiftShader
// less, because workgroup memory costs them as much as any other: they take packed.ts and
// ../matmul/product.ts.
const THREADS_M = TILE_M / BLOCK_M;
const THREADS_N = TILE_N / BLOCK_N;
const THREADS = THREADS_M * THREADS_N;
const TAPS = KERNEL_H * KERNEL_W;
// A word to spare, so that neighbours in k lie in different banks of memory.
const PITCH_M = TILE_M + 1;
const PITCH_N = TILE_N + 1;

struct Sizes {
  batch: u32, groups: u32, channels: u32, outputs: u32,
  x_height: u32, x_width: u32, y_height: u32, y_width: u32,
  pad_h: i32, pad_w: i32,
  chunks: u32, chunk_rows: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> gy: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> partial: array<Output>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> gy_tile: array<f32, TILE_K * PITCH_M>;
var<workgroup> x_tile: array<f32, TILE_K * PITCH_N>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let depth = sizes.channels * TAPS;
  let tiles_n = (depth + TILE_N - 1) / TILE_N;
  let tiles_m = (sizes.outputs + TILE_M - 1) / TILE_M;
  let tile = workgroup.y * workgroups.x + workgroup.x;
  if (tile >= tiles_n * tiles_m * sizes.groups * sizes.chunks) { return; }
  let first_tap = tile % tiles_n * TILE_N;
  let first_output = tile / tiles_n % tiles_m * TILE_M;
  let group = tile / (tiles_n * tiles_m) % sizes.groups;
  let chunk = tile / (tiles_n * tiles_m * sizes.groups);
  let first_pixel = chunk * sizes.chunk_rows * sizes.y_width;
  let end_pixel = min((chunk + 1) * sizes.chunk_rows, sizes.batch * sizes.y_height) * sizes.y_width;

  // The pixel of the tile whose values this invocation brings in.
  let load_row = local % TILE_K;
  let thread_m = local / THREADS_N;
  let thread_n = local % THREADS_N;
  var sums: array<f32, BLOCK_M * BLOCK_N>;

  for (var k = first_pixel; k < end_pixel; k += TILE_K) {
    let pixel = k + load_row;
    let inside = pixel < end_pixel;
    let j = pixel % sizes.y_width;
    let i = pixel / sizes.y_width % sizes.y_height;
    let image = pixel / (sizes.y_width * sizes.y_height);
    let top = i32(i * STRIDE_H) - sizes.pad_h;
    let left = i32(j * STRIDE_W) - sizes.pad_w;
    for (var column = local / TILE_K; column < TILE_N; column += THREADS / TILE_K) {
      let tap = first_tap + column;
      let h = top + i32(tap / KERNEL_W % KERNEL_H * DILATION_H);
      let w = left + i32(tap % KERNEL_W * DILATION_W);
      var value = f32(0);
      if (inside && tap < depth && h >= 0 && w >= 0 && h < i32(sizes.x_height) && w < i32(sizes.x_width)) {
        let channel = (image * sizes.groups + group) * sizes.channels + tap / TAPS;
        value = f32(x[(channel * sizes.x_height + u32(h)) * sizes.x_width + u32(w)]);
      }
      x_tile[load_row * PITCH_N + column] = value;
    }
    for (var row = local / TILE_K; row < TILE_M; row += THREADS / TILE_K) {
      let output = first_output + row;
      var value = f32(0);
      if (inside && output < sizes.outputs) {
        let channel = (image * sizes.groups + group) * sizes.outputs + output;
        value = f32(gy[(channel * sizes.y_height + i) * sizes.y_width + j]);
      }
      gy_tile[load_row * PITCH_M + row] = value;
    }
    workgroupBarrier();
    for (var row = 0u; row < TILE_K; row++) {
      var factors: array<f32, BLOCK_N>;
      for (var n = 0u; n < BLOCK_N; n++) { factors[n] = x_tile[row * PITCH_N + n * THREADS_N + thread_n]; }
      for (var m = 0u; m < BLOCK_M; m++) {
        let factor = gy_tile[row * PITCH_M + m * THREADS_M + thread_m];
        for (var n = 0u; n < BLOCK_N; n++) {
          sums[m * BLOCK_N + n] = fma(factor, factors[n], sums[m * BLOCK_N + n]);
        }
      }
    }
    workgroupBarrier();
  }

  for (var m = 0u; m < BLOCK_M; m++) {
    let output = first_output + m * THREADS_M + thread_m;
    if (output >= sizes.outputs) { continue; }
    for (var n = 0u; n < BLOCK_N; n++) {
      let tap = first_tap + n * THREADS_N + thread_n;
      if (tap >= depth) { continue; }
      let at = ((chunk * sizes.groups + group) * sizes.outputs + output) * depth + tap;
      partial[at] = Output(sums[m * BLOCK_N + n]);
    }
  }
}
