// y = (Aᵀ m A) + bias for each tile of 4 × 4 pixels and each output: from the 36 products m back to pixels.
//
//   products  [36, outputs, tiles], both rounded up to whole panels of 32
//   bias      [outputs], added where HAS_BIAS is 1
//   y         [images, outputs, height, width]; tile t as in gradient.wgsl
//
// One invocation a tile and output. Aᵀ: the coefficients of the polynomial that has the products as its values
// (points.wgsl).
struct Sizes {
  tiles: u32, outputs: u32, pitch: u32, step: u32, down: u32, across: u32, height: u32, width: u32,
}

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn coefficients(m: Six) -> vec4f {
  let sum_p = m[1] + m[2];
  let sum_q = m[3] + m[4];
  let difference_p = m[1] - m[2];
  let difference_q = m[3] - m[4];
  return vec4f(
    m[0] + sum_p + sum_q,
    fma(P, difference_p, Q * difference_q),
    fma(P2, sum_p, Q2 * sum_q),
    fma(P3, difference_p, fma(Q3, difference_q, m[5])),
  );
}

fn line(at: u32) -> vec4f {
  let step = sizes.step;
  return coefficients(Six(
    products[at], products[at + step], products[at + 2u * step],
    products[at + 3u * step], products[at + 4u * step], products[at + 5u * step],
  ));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  let output = min(i / sizes.tiles, sizes.outputs - 1u);
  let tile = i - i / sizes.tiles * sizes.tiles;
  let at = output * sizes.pitch + tile;
  let block = 6u * sizes.step;
  let l0 = line(at);
  let l1 = line(at + block);
  let l2 = line(at + 2u * block);
  let l3 = line(at + 3u * block);
  let l4 = line(at + 4u * block);
  let l5 = line(at + 5u * block);
  // One row for each of the four columns.
  let pixels = transpose(mat4x4f(
    coefficients(Six(l0.x, l1.x, l2.x, l3.x, l4.x, l5.x)),
    coefficients(Six(l0.y, l1.y, l2.y, l3.y, l4.y, l5.y)),
    coefficients(Six(l0.z, l1.z, l2.z, l3.z, l4.z, l5.z)),
    coefficients(Six(l0.w, l1.w, l2.w, l3.w, l4.w, l5.w)),
  ));
  var added = 0.0;
  if (HAS_BIAS != 0) { added = f32(bias[output]); }
  let tile_line = tile / sizes.across;
  let image = tile_line / sizes.down;
  let top = (tile_line - image * sizes.down) * 4u;
  let left = (tile - tile_line * sizes.across) * 4u;
  let plane = (image * sizes.outputs + output) * sizes.height;
  let height = select(0u, sizes.height, i < sizes.outputs * sizes.tiles);
  for (var h = 0u; h < 4u; h++) {
    if (top + h < height) {
      let row = (plane + top + h) * sizes.width + left;
      let values = pixels[h] + added;
      y[row] = Scalar(values.x);
      if (left + 1u < sizes.width) { y[row + 1u] = Scalar(values.y); }
      if (left + 2u < sizes.width) { y[row + 2u] = Scalar(values.z); }
      if (left + 3u < sizes.width) { y[row + 3u] = Scalar(values.w); }
    }
  }
}
