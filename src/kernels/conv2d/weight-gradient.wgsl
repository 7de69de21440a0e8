// partial[chunk,o,c,r,s] = Σ_{n,i,j} gy[n,o,i,j] · x[n,c, i·STRIDE_H − pad_h + r·DILATION_H, j·STRIDE_W − pad_w + s·DILATION_W],
// n,i over the output rows of the chunk: the weight gradient of a convolution, split.
//
//   x        [batch, groups·channels, x_height, x_width]
//   gy       [batch, groups·outputs, y_height, y_width]
//   partial  [chunks, groups·outputs, channels, KERNEL_H, KERNEL_W]; a chunk is chunk_rows rows of the batch·y_height
//
// An implicit matrix product of outputs × pixels by pixels × taps, tiled like the forward pass (tiled.wgsl), outputs and
// taps in fours, the next ones on their way while these are summed. There are few sums and they are long, so they are split
// into chunks, a number that the shape alone determines; add-chunks.wgsl adds them in order. Each sum runs over n, i, j ascending in one accumulator: no tile changes a bit.
//
// Made for GPUs. On an H100 it reaches 8 to 20 of 59 TFLOP/s in the 3 × 3 layers of ResNet-18 at batch 16 (14 to 34 % of the
// peak). On lavapipe it reaches 1 % of the peak, on SwiftShader less, because workgroup memory costs them as much as any
// other: they take packed.ts and ../matmul/product.ts.
const THREADS_M = TILE_M / BLOCK_M;
const THREADS_N = TILE_N / BLOCK_N;
const THREADS = THREADS_M * THREADS_N;
const TAPS = KERNEL_H * KERNEL_W;
const FOURS_M = TILE_M / 4;
const FOURS_N = TILE_N / 4;
// A four to spare, so that neighbours in k lie in different banks of memory.
const PITCH_M = FOURS_M + 1;
const PITCH_N = FOURS_N + 1;
const BLOCK_FOURS_M = BLOCK_M / 4;
const BLOCK_FOURS_N = BLOCK_N / 4;
// Fours of a pixel that the invocations bring in at once, and how often each does in a turn.
const FOURS_A_TURN = THREADS / TILE_K;
const LOADS_X = FOURS_N / FOURS_A_TURN;
const LOADS_GY = (FOURS_M + FOURS_A_TURN - 1) / FOURS_A_TURN;

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

var<workgroup> gy_tile: array<vec4f, TILE_K * PITCH_M>;
var<workgroup> x_tile: array<vec4f, TILE_K * PITCH_N>;

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
  var sums: array<vec4f, BLOCK_M * BLOCK_FOURS_N>;

  var next_x: array<vec4f, LOADS_X>;
  var next_gy: array<vec4f, LOADS_GY>;

  // The values of a turn are on their way while those of the turn before are summed.
  let turns = (end_pixel - first_pixel + TILE_K - 1) / TILE_K;
  for (var turn = 0u; turn <= turns; turn++) {
    if (turn > 0) {
      for (var i = 0u; i < LOADS_X; i++) { x_tile[load_row * PITCH_N + local / TILE_K + i * FOURS_A_TURN] = next_x[i]; }
      for (var i = 0u; i < LOADS_GY; i++) {
        let four = local / TILE_K + i * FOURS_A_TURN;
        if (four < FOURS_M) { gy_tile[load_row * PITCH_M + four] = next_gy[i]; }
      }
      workgroupBarrier();
    }
    if (turn < turns) {
      let pixel = first_pixel + turn * TILE_K + load_row;
      let inside = pixel < end_pixel;
      let j = pixel % sizes.y_width;
      let i = pixel / sizes.y_width % sizes.y_height;
      let image = pixel / (sizes.y_width * sizes.y_height);
      let top = i32(i * STRIDE_H) - sizes.pad_h;
      let left = i32(j * STRIDE_W) - sizes.pad_w;
      let x_start = (image * sizes.groups + group) * sizes.channels;
      for (var n = 0u; n < LOADS_X; n++) {
        let tap = vec4u(first_tap + 4 * (local / TILE_K + n * FOURS_A_TURN)) + vec4u(0u, 1u, 2u, 3u);
        let channel = tap / TAPS;
        let within = tap - channel * TAPS;
        // Numbers below zero are beyond the end as unsigned ones.
        let h = vec4u(top + vec4i(within / KERNEL_W * DILATION_H));
        let w = vec4u(left + vec4i(within % KERNEL_W * DILATION_W));
        let met = vec4<bool>(inside) & (tap < vec4u(depth)) & (h < vec4u(sizes.x_height)) & (w < vec4u(sizes.x_width));
        let at = select(vec4u(), ((x_start + channel) * sizes.x_height + h) * sizes.x_width + w, met);
        let values = vec4f(vec4<Scalar>(x[at.x], x[at.y], x[at.z], x[at.w]));
        next_x[n] = select(vec4f(), values, met);
      }
      let gy_start = (image * sizes.groups + group) * sizes.outputs;
      for (var n = 0u; n < LOADS_GY; n++) {
        let output = vec4u(first_output + 4 * (local / TILE_K + n * FOURS_A_TURN)) + vec4u(0u, 1u, 2u, 3u);
        let met = vec4<bool>(inside) & (output < vec4u(sizes.outputs));
        let at = select(vec4u(), ((gy_start + output) * sizes.y_height + i) * sizes.y_width + j, met);
        let values = vec4f(vec4<Scalar>(gy[at.x], gy[at.y], gy[at.z], gy[at.w]));
        next_gy[n] = select(vec4f(), values, met);
      }
    }
    if (turn == 0) { continue; }
    for (var row = 0u; row < TILE_K; row++) {
      var factors: array<vec4f, BLOCK_FOURS_N>;
      for (var n = 0u; n < BLOCK_FOURS_N; n++) { factors[n] = x_tile[row * PITCH_N + n * THREADS_N + thread_n]; }
      for (var m = 0u; m < BLOCK_FOURS_M; m++) {
        let outputs = gy_tile[row * PITCH_M + m * THREADS_M + thread_m];
        for (var n = 0u; n < BLOCK_FOURS_N; n++) {
          let i = 4 * m * BLOCK_FOURS_N + n;
          sums[i] = fma(vec4f(outputs.x), factors[n], sums[i]);
          sums[i + BLOCK_FOURS_N] = fma(vec4f(outputs.y), factors[n], sums[i + BLOCK_FOURS_N]);
          sums[i + 2 * BLOCK_FOURS_N] = fma(vec4f(outputs.z), factors[n], sums[i + 2 * BLOCK_FOURS_N]);
          sums[i + 3 * BLOCK_FOURS_N] = fma(vec4f(outputs.w), factors[n], sums[i + 3 * BLOCK_FOURS_N]);
        }
      }
    }
    workgroupBarrier();
  }

  for (var m = 0u; m < BLOCK_M; m++) {
    let output = first_output + (m / 4 * THREADS_M + thread_m) * 4 + m % 4;
    if (output >= sizes.outputs) { continue; }
    let start = ((chunk * sizes.groups + group) * sizes.outputs + output) * depth;
    for (var n = 0u; n < BLOCK_FOURS_N; n++) {
      let tap = first_tap + (n * THREADS_N + thread_n) * 4;
      let values = sums[m * BLOCK_FOURS_N + n];
      if (tap < depth) { partial[start + tap] = Output(values.x); }
      if (tap + 1 < depth) { partial[start + tap + 1] = Output(values.y); }
      if (tap + 2 < depth) { partial[start + tap + 2] = Output(values.z); }
      if (tap + 3 < depth) { partial[start + tap + 3] = Output(values.w); }
    }
  }
}
