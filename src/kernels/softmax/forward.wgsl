// y = exp(x − m) / Σ exp(x − m), or with LOG its logarithm x − m − log Σ exp(x − m), along lines; m is the line's maximum.
//
//   x  [lines / inner, n, inner]  input
//   y  likewise                   output
//
// A line has WIDTH partial sums (tree.wgsl, put ahead), each of every WIDTH-th element in blocks of 32, so that errors grow
// slowly, and LANES invocations. Three walks over a line, the second and third from cache. Elements of −∞ have no share,
// whatever the driver makes of infinities; a line of nothing else gives NaN. With ATTENTION it gives zeros, and where
// `queries` is not 0 lines are rows of [queries, n] matrices of which only the elements up to the diagonal have a share.
struct Sizes { lines: u32, n: u32, inner: u32, queries: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// `value`, but x itself where x is NaN: functions of some drivers make numbers of it.
fn kept(value: f32, x: f32) -> f32 {
  return select(value, x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}

fn raised(value: f32, greatest: f32) -> f32 {
  let d = value - greatest;
  return select(kept(exp(d), d), 0.0, bitcast<u32>(value) == 0xff800000u);
}

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
  let inner = sizes.inner;
  let start = line / inner * sizes.n * inner + line % inner;
  var seen = n;
  if (ATTENTION == 1 && sizes.queries > 0u) { seen = min(n, line % sizes.queries + 1u); }

  var most = -0x1.fffffep+127f;
  for (var k = lane; k < seen; k += LANES) { most = max(most, f32(x[start + k * inner])); }
  let greatest = line_max(most, local);
  var parts: array<f32, PARTS>;
  for (var part = 0u; part < PARTS; part++) {
    for (var first = lane + LANES * part; first < seen; first += 32u * WIDTH) {
      var block = 0.0;
      for (var k = first; k < min(first + 32u * WIDTH, seen); k += WIDTH) {
        block += raised(f32(x[start + k * inner]), greatest);
      }
      parts[part] += block;
    }
  }
  let total = line_sum(&parts, local);
  let logarithm = kept(log(total), total);
  for (var k = lane; k < n; k += LANES) {
    let at = start + k * inner;
    let value = f32(x[at]);
    if (LOG == 1) {
      y[at] = Scalar(value - greatest - logarithm);
    } else if (ATTENTION == 1 && (total == 0.0 || k >= seen)) {
      y[at] = Scalar(0.0);
    } else {
      y[at] = Scalar(raised(value, greatest) / total);
    }
  }
}
