// gx = y (gy − Σ gy y), or with LOG gx = gy − exp(y) Σ gy, sums along lines: the gradient of forward.wgsl.
//
//   y   [lines / inner, n, inner]  output of the forward pass
//   gy  likewise                   gradient put into the output
//   gx  likewise                   gradient of the input
//
// As in forward.wgsl.
struct Sizes { lines: u32, n: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> y: array<Scalar>;
@group(0) @binding(1) var<storage, read> gy: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// exp(y): e⁻¹⁰⁴ is 0, as that of −∞ must be; that of NaN is NaN, whatever drivers make of it.
fn share(y: f32) -> f32 {
  return select(exp(max(y, -104.0)), y, (bitcast<u32>(y) & 0x7fffffffu) > 0x7f800000u);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let line = (group.y * groups.x + group.x) * (THREADS / LANES) + local / LANES;
  let lane = local % LANES;
  let n = select(0u, sizes.n, line < sizes.lines);
  let inner = sizes.inner;
  let start = line / inner * sizes.n * inner + line % inner;

  var parts: array<f32, PARTS>;
  for (var part = 0u; part < PARTS; part++) {
    for (var first = lane + LANES * part; first < n; first += 32u * WIDTH) {
      var block = 0.0;
      for (var k = first; k < min(first + 32u * WIDTH, n); k += WIDTH) {
        let at = start + k * inner;
        if (LOG == 1) { block += f32(gy[at]); } else { block = fma(f32(gy[at]), f32(y[at]), block); }
      }
      parts[part] += block;
    }
  }
  let total = line_sum(&parts, local);
  for (var k = lane; k < n; k += LANES) {
    let at = start + k * inner;
    if (LOG == 1) {
      gx[at] = Scalar(f32(gy[at]) - share(f32(y[at])) * total);
    } else {
      gx[at] = Scalar(f32(y[at]) * (f32(gy[at]) - total));
    }
  }
}
