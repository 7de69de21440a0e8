// y = (x − μ) · s · weight + bias, s = 1 / √(σ² + eps), with mean μ and variance σ² of each line.
//
//   x           [lines, n]  input
//   weight      [n]         read where HAS_WEIGHT is 1
//   bias        [n]         read where HAS_BIAS is 1
//   y           [lines, n]  output
//   statistics  [lines, 3]  μ as a sum of two numbers, a mean and what it lacks; s
//
// A line has WIDTH partial sums (tree.wgsl, put ahead) and LANES invocations. The mean is a plain sum first, and its error the mean of what is left
// after it was taken off; both are kept, so a mean of 1,000 with a deviation of 0.5 costs no precision. The variance is that
// of what is left.
struct Sizes { lines: u32, n: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(4) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let line = (group.y * groups.x + group.x) * (THREADS / LANES) + local / LANES;
  let lane = local % LANES;
  // invocations without a line go through the trees with nothing
  let n = select(0u, sizes.n, line < sizes.lines);
  let start = line * sizes.n;
  let count = f32(sizes.n);

  var sums: array<f32, PARTS>;
  for (var part = 0u; part < PARTS; part++) {
    for (var k = lane + LANES * part; k < n; k += WIDTH) { sums[part] += f32(x[start + k]); }
  }
  let mean = line_sum(&sums, local) / count;
  var rests: array<f32, PARTS>;
  var squares: array<f32, PARTS>;
  for (var part = 0u; part < PARTS; part++) {
    for (var k = lane + LANES * part; k < n; k += WIDTH) {
      let left = f32(x[start + k]) - mean;
      rests[part] += left;
      squares[part] = fma(left, left, squares[part]);
    }
  }
  let lacks = line_sum(&rests, local) / count;
  let variance = max(line_sum(&squares, local) / count - lacks * lacks, 0.0);
  let scale = 1.0 / sqrt(variance + sizes.eps);
  for (var k = lane; k < n; k += LANES) {
    var value = (f32(x[start + k]) - mean - lacks) * scale;
    if (HAS_WEIGHT == 1) { value *= weight[k]; }
    if (HAS_BIAS == 1) { value += bias[k]; }
    y[start + k] = Scalar(value);
  }
  if (lane == 0u && line < sizes.lines) {
    statistics[3u * line] = mean;
    statistics[3u * line + 1u] = lacks;
    statistics[3u * line + 2u] = scale;
  }
}
