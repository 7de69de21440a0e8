// gx = s · (g − mean(g) − x̂ · mean(g · x̂)), g = gy · weight, x̂ = (x − μ) · s: means along lines.
//
//   x           [lines, n]  input of the forward pass
//   gy          [lines, n]  gradient put into the output
//   weight      [n]         read where HAS_WEIGHT is 1
//   statistics  [lines, 3]  from the forward pass
//   gx          [lines, n]  gradient of the input
//
// As in forward.wgsl: two walks over a line.
struct Sizes { lines: u32, n: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> gy: array<Scalar>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn weighted(at: u32, k: u32) -> f32 {
  let gradient = f32(gy[at]);
  if (HAS_WEIGHT == 1) { return gradient * weight[k]; }
  return gradient;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let line = (group.y * groups.x + group.x) * (THREADS / LANES) + local / LANES;
  let lane = local % LANES;
  let used = line < sizes.lines;
  let n = select(0u, sizes.n, used);
  let row = select(0u, line, used);
  let start = row * sizes.n;
  let mean = statistics[3u * row];
  let lacks = statistics[3u * row + 1u];
  let scale = statistics[3u * row + 2u];

  var sums: array<f32, PARTS>;
  var products: array<f32, PARTS>;
  for (var part = 0u; part < PARTS; part++) {
    for (var k = lane + LANES * part; k < n; k += WIDTH) {
      let g = weighted(start + k, k);
      sums[part] += g;
      products[part] = fma(g, (f32(x[start + k]) - mean - lacks) * scale, products[part]);
    }
  }
  let mean_g = line_sum(&sums, local) / f32(sizes.n);
  let mean_product = line_sum(&products, local) / f32(sizes.n);
  for (var k = lane; k < n; k += LANES) {
    let normal = (f32(x[start + k]) - mean - lacks) * scale;
    gx[start + k] = Scalar(scale * (weighted(start + k, k) - mean_g - normal * mean_product));
  }
}
