// packed[ξ,ν] = (G g Gᵀ)[ξ,ν] for each 3 × 3 kernel g.
//
//   weight  [outChannels, inChannels, 3, 3]: tap t of the kernel for output o and channel c is element
//           start + o · output + c · channel + t · tap. For the input gradient outputs and channels change places and the
//           taps run backwards (tap −1, start 8).
//   packed  [36, output panels, quads, 32 outputs, 4 channels] (../matmul/panel-product.ts)
//
// One invocation a kernel. G: the polynomial with the taps as its coefficients, at the points of points.wgsl.
struct Sizes { outputs: u32, channels: u32, rows: u32, quads: u32, step: u32, start: u32, output: u32, channel: u32, tap: i32 }

@group(0) @binding(0) var<storage, read> weight: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn values(g0: f32, g1: f32, g2: f32) -> Six {
  let even_p = AT_P * fma(P2, g2, g0);
  let odd_p = AT_P * P * g1;
  let even_q = AT_Q * fma(Q2, g2, g0);
  let odd_q = AT_Q * Q * g1;
  return Six(AT_0 * g0, even_p + odd_p, even_p - odd_p, even_q + odd_q, even_q - odd_q, g2);
}

fn tap(first: u32, t: i32, inside: bool) -> f32 {
  return select(0.0, f32(weight[first + u32(t * sizes.tap)]), inside);
}

fn column(first: u32, t: i32, inside: bool) -> Six {
  return values(tap(first, t, inside), tap(first, t + 3, inside), tap(first, t + 6, inside));
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
  let block = i / 128u; // 32 outputs, four channels
  let panel = block / sizes.quads;
  let output = panel * 32u + i / 4u % 32u;
  let channel = (block - panel * sizes.quads) * 4u + i % 4u;
  let inside = output < sizes.outputs && channel < sizes.channels;
  let first = sizes.start + select(0u, output * sizes.output + channel * sizes.channel, inside);
  let step = sizes.step;
  let c0 = column(first, 0, inside);
  let c1 = column(first, 1, inside);
  let c2 = column(first, 2, inside);
  store(i, step, values(c0[0], c1[0], c2[0]));
  store(i + 6u * step, step, values(c0[1], c1[1], c2[1]));
  store(i + 12u * step, step, values(c0[2], c1[2], c2[2]));
  store(i + 18u * step, step, values(c0[3], c1[3], c2[3]));
  store(i + 24u * step, step, values(c0[4], c1[4], c2[4]));
  store(i + 30u * step, step, values(c0[5], c1[5], c2[5]));
}
