// packed[ξ,ν] = (G g Gᵀ)[ξ,ν] for each tile g of 4 × 4 pixels of the output gradient and each channel; zero beyond its edge.
//
//   gy      [images, channels, height, width]
//   packed  [36, row panels, quads, 32 channels, 4 tiles] (../matmul/panel-product.ts); tile t is image t / (down · across), its
//           first pixel 4 · (t / across % down), 4 · (t % across)
//
// One invocation a tile and channel, as in picture.wgsl. G: the polynomial with the tile's pixels as its coefficients, at
// the points of points.wgsl.
struct Sizes { tiles: u32, channels: u32, rows: u32, quads: u32, step: u32, down: u32, across: u32, height: u32, width: u32 }

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

struct Tile { plane: u32, top: u32, left: u32, height: u32 }

fn tile_at(channel: u32, tile: u32) -> Tile {
  let line = tile / sizes.across;
  let image = line / sizes.down;
  let height = select(0u, sizes.height, tile < sizes.tiles && channel < sizes.channels);
  return Tile(
    (image * sizes.channels + channel) * sizes.height * sizes.width,
    (line - image * sizes.down) * 4u,
    (tile - line * sizes.across) * 4u,
    height,
  );
}

fn pixel(at: Tile, h: u32, w: u32) -> f32 {
  let inside = at.top + h < at.height && at.left + w < sizes.width;
  let value = f32(gy[select(0u, at.plane + (at.top + h) * sizes.width + at.left + w, inside)]);
  return select(0.0, value, inside);
}

fn values(g: vec4f) -> Six {
  let even_p = AT_P * fma(P2, g[2], g[0]);
  let odd_p = AT_P * fma(P3, g[3], P * g[1]);
  let even_q = AT_Q * fma(Q2, g[2], g[0]);
  let odd_q = AT_Q * fma(Q3, g[3], Q * g[1]);
  return Six(AT_0 * g[0], even_p + odd_p, even_p - odd_p, even_q + odd_q, even_q - odd_q, g[3]);
}

fn column(at: Tile, w: u32) -> Six {
  return values(vec4f(pixel(at, 0u, w), pixel(at, 1u, w), pixel(at, 2u, w), pixel(at, 3u, w)));
}

fn store(at: u32, step: u32, line: Six) {
  packed[at] = line[0];
  packed[at + step] = line[1];
  packed[at + 2u * step] = line[2];
  packed[at + 3u * step] = line[3];
  packed[at + 4u * step] = line[4];
  packed[at + 5u * step] = line[5];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let count = sizes.rows * sizes.quads * 4u;
  let i = min((workgroup.y * workgroups.x + workgroup.x) * 64u + local, count - 1u);
  let block = i / 128u; // 32 channels, four tiles
  let panel = block / sizes.quads;
  let at = tile_at(panel * 32u + i / 4u % 32u, (block - panel * sizes.quads) * 4u + i % 4u);
  let step = sizes.step;
  let c0 = column(at, 0u);
  let c1 = column(at, 1u);
  let c2 = column(at, 2u);
  let c3 = column(at, 3u);
  store(i, step, values(vec4f(c0[0], c1[0], c2[0], c3[0])));
  store(i + 6u * step, step, values(vec4f(c0[1], c1[1], c2[1], c3[1])));
  store(i + 12u * step, step, values(vec4f(c0[2], c1[2], c2[2], c3[2])));
  store(i + 18u * step, step, values(vec4f(c0[3], c1[3], c2[3], c3[3])));
  store(i + 24u * step, step, values(vec4f(c0[4], c1[4], c2[4], c3[4])));
  store(i + 30u * step, step, values(vec4f(c0[5], c1[5], c2[5], c3[5])));
}
