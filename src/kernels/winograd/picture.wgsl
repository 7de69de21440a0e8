// packed[ξ,ν] = (Bᵀ d B)[ξ,ν] for each window d of 6 × 6 pixels, four apart, and each channel; zero outside the picture.
//
//   x       [images, channels, height, width]
//   packed  [36, row panels, quads, 32 rows, 4 terms], step apart (../matmul/panel-product.ts): rows are windows and terms
//           channels, or, where windows_are_terms is 1, rows channels and terms windows. Window w is image
//           w / (down · across), its first pixel 4 · (w / across % down) − before_h, 4 · (w % across) − before_w.
//
// One invocation a window and channel, in the order in which they lie packed, so that neighbours write side by side. No
// test ahead of the loads: adapters that run on a CPU would ask again at each for each lane.
//
// B as points.wgsl has it: the values of the polynomials whose product with a window's neighbours gives its sums.
struct Sizes {
  windows: u32, channels: u32, windows_are_terms: u32, rows: u32, quads: u32, step: u32,
  down: u32, across: u32, height: u32, width: u32, before_h: i32, before_w: i32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

/** Where a window of a channel begins; what lies outside the packed rows and terms has no pixels. */
struct Window { plane: u32, top: u32, left: u32, height: u32 }

fn window_at(row: u32, term: u32) -> Window {
  let window = select(row, term, sizes.windows_are_terms != 0u);
  let channel = select(term, row, sizes.windows_are_terms != 0u);
  let line = window / sizes.across;
  let image = line / sizes.down;
  let top = (line - image * sizes.down) * 4u - u32(sizes.before_h);
  let left = (window - line * sizes.across) * 4u - u32(sizes.before_w);
  let height = select(0u, sizes.height, window < sizes.windows && channel < sizes.channels);
  return Window((image * sizes.channels + channel) * sizes.height * sizes.width, top, left, height);
}

/** Unsigned numbers wrap, so what lies before the picture is beyond its end. */
fn pixel(at: Window, h: u32, w: u32) -> f32 {
  let inside = at.top + h < at.height && at.left + w < sizes.width;
  let value = f32(x[select(0u, at.plane + (at.top + h) * sizes.width + at.left + w, inside)]);
  return select(0.0, value, inside);
}

fn values(d: Six) -> Six {
  let even_p = fma(-Q2, d[2], d[4]);
  let odd_p = P * fma(-Q2, d[1], d[3]);
  let even_q = fma(-P2, d[2], d[4]);
  let odd_q = Q * fma(-P2, d[1], d[3]);
  return Six(
    fma(P2 * Q2, d[0], fma(-(P2 + Q2), d[2], d[4])),
    even_p + odd_p,
    even_p - odd_p,
    even_q + odd_q,
    even_q - odd_q,
    fma(P2 * Q2, d[1], fma(-(P2 + Q2), d[3], d[5])),
  );
}

fn column(at: Window, w: u32) -> Six {
  return values(Six(
    pixel(at, 0u, w), pixel(at, 1u, w), pixel(at, 2u, w), pixel(at, 3u, w), pixel(at, 4u, w), pixel(at, 5u, w),
  ));
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
  // Invocations beyond the last repeat it: they write the same values once more.
  let count = sizes.rows * sizes.quads * 4u;
  let i = min((workgroup.y * workgroups.x + workgroup.x) * 64u + local, count - 1u);
  let block = i / 128u; // 32 rows of four terms
  let panel = block / sizes.quads;
  let at = window_at(panel * 32u + i / 4u % 32u, (block - panel * sizes.quads) * 4u + i % 4u);
  let step = sizes.step;
  let c0 = column(at, 0u);
  let c1 = column(at, 1u);
  let c2 = column(at, 2u);
  let c3 = column(at, 3u);
  let c4 = column(at, 4u);
  let c5 = column(at, 5u);
  store(i, step, values(Six(c0[0], c1[0], c2[0], c3[0], c4[0], c5[0])));
  store(i + 6u * step, step, values(Six(c0[1], c1[1], c2[1], c3[1], c4[1], c5[1])));
  store(i + 12u * step, step, values(Six(c0[2], c1[2], c2[2], c3[2], c4[2], c5[2])));
  store(i + 18u * step, step, values(Six(c0[3], c1[3], c2[3], c3[3], c4[3], c5[3])));
  store(i + 24u * step, step, values(Six(c0[4], c1[4], c2[4], c3[4], c4[4], c5[4])));
  store(i + 30u * step, step, values(Six(c0[5], c1[5], c2[5], c3[5], c4[5], c5[5])));
}
