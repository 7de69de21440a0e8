// y[b,i,j] = [y[b,i,j] +] Σ_k left[b,i,k] · right[b,k,j] [+ bias[j]]
//
//   left   element (b,i,k) at b·left_batch + i·left_row + k·left_column
//   right  element (b,k,j) at b·right_batch + k·right_row + j·right_column
//   bias   [columns], read where HAS_BIAS is 1
//   y      [batch, rows, columns], added to where ACCUMULATE is 1
//
// Strides serve every transposition. A workgroup computes TILE_M × TILE_N elements; TILE_K terms of both factors come into
// workgroup memory at once, and each invocation keeps BLOCK_M × BLOCK_N sums in registers. Each sum runs over k ascending
// in one accumulator: no tile changes a bit.
//
// Made for GPUs, where it has not been measured yet. On lavapipe it reaches 1 % of the multiply–add peak, on SwiftShader
// less, because workgroup memory costs them as much as any other: they take packed.wgsl and gathered-four.wgsl.
const THREADS_M = TILE_M / BLOCK_M;
const THREADS_N = TILE_N / BLOCK_N;
const THREADS = THREADS_M * THREADS_N;
const PITCH_M = TILE_M + 1; // a word to spare, so that neighbours in k lie in different banks of memory

struct Sizes {
  batch: u32, rows: u32, columns: u32, depth: u32,
  left_batch: u32, left_row: u32, left_column: u32,
  right_batch: u32, right_row: u32, right_column: u32,
}

@group(0) @binding(0) var<storage, read> left: array<Scalar>;
@group(0) @binding(1) var<storage, read> right: array<Scalar>;
@group(0) @binding(2) var<storage, read> bias: array<Scalar>;
@group(0) @binding(3) var<storage, read_write> y: array<Output>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> left_tile: array<f32, TILE_K * PITCH_M>;
var<workgroup> right_tile: array<f32, TILE_K * TILE_N>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles_n = (sizes.columns + TILE_N - 1) / TILE_N;
  let tiles_m = (sizes.rows + TILE_M - 1) / TILE_M;
  let tile = workgroup.y * workgroups.x + workgroup.x;
  if (tile >= tiles_n * tiles_m * sizes.batch) { return; }
  let first_column = tile % tiles_n * TILE_N;
  let first_row = tile / tiles_n % tiles_m * TILE_M;
  let batch = tile / (tiles_n * tiles_m);
  let thread_m = local / THREADS_N;
  let thread_n = local % THREADS_N;
  var sums: array<f32, BLOCK_M * BLOCK_N>;

  for (var k = 0u; k < sizes.depth; k += TILE_K) {
    for (var each = local; each < TILE_K * TILE_M; each += THREADS) {
      let row = first_row + each / TILE_K;
      let at = k + each % TILE_K;
      var value = f32(0);
      if (row < sizes.rows && at < sizes.depth) {
        value = f32(left[batch * sizes.left_batch + row * sizes.left_row + at * sizes.left_column]);
      }
      left_tile[each % TILE_K * PITCH_M + each / TILE_K] = value;
    }
    for (var each = local; each < TILE_K * TILE_N; each += THREADS) {
      let column = first_column + each % TILE_N;
      let at = k + each / TILE_N;
      var value = f32(0);
      if (column < sizes.columns && at < sizes.depth) {
        value = f32(right[batch * sizes.right_batch + at * sizes.right_row + column * sizes.right_column]);
      }
      right_tile[each] = value;
    }
    workgroupBarrier();
    for (var at = 0u; at < TILE_K; at++) {
      var factors: array<f32, BLOCK_N>;
      for (var n = 0u; n < BLOCK_N; n++) { factors[n] = right_tile[at * TILE_N + n * THREADS_N + thread_n]; }
      for (var m = 0u; m < BLOCK_M; m++) {
        let factor = left_tile[at * PITCH_M + m * THREADS_M + thread_m];
        for (var n = 0u; n < BLOCK_N; n++) {
          sums[m * BLOCK_N + n] = fma(factor, factors[n], sums[m * BLOCK_N + n]);
        }
      }
    }
    workgroupBarrier();
  }

  for (var m = 0u; m < BLOCK_M; m++) {
    let row = first_row + m * THREADS_M + thread_m;
    if (row >= sizes.rows) { continue; }
    for (var n = 0u; n < BLOCK_N; n++) {
      let column = first_column + n * THREADS_N + thread_n;
      if (column >= sizes.columns) { continue; }
      let at = (batch * sizes.rows + row) * sizes.columns + column;
      var value = sums[m * BLOCK_N + n];
      if (HAS_BIAS != 0) { value += f32(bias[column]); }
      if (ACCUMULATE != 0) { value = f32(y[at]) + value; }
      y[at] = Output(value);
    }
  }
}
