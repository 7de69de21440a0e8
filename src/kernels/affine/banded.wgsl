// y[p, q, i] = Σ_j W[i, j] · x[p, q, j]: a banded matrix applied along one axis of a volume. With the matrices of
// splines.ts this is a spline's prefilter, its sampling, or both in one.
//
//   x        volume of float32, or of int16 two a word (PACKED): element x_offset + p·x_p + q·x_q + (j − j_low)·x_j.
//            Its vectors hold 4 float32 or 8 int16 each
//   tiles    for four rows of W each: first j, end j, place of its weights
//   weights  for each j of a tile the four rows' weights, 0 where a row does not reach
//   y        volume of float32: element y_offset + p·y_p + q·y_q + i·y_i
//
// x may hold only the samples j_low ≤ j < j_high; with ACCUMULATE the sum goes on from what y holds, so a volume can pass
// through in slabs and gives the same bits. Each sum runs over rising j, one fma a sample; the zeros beside a row add nothing.
//
// An invocation keeps 8 neighbours along p times 4 rows in registers: 8 samples (one vector of int16 or two of float32 where
// they lie together, ALIGNED) and one vector of weights feed 32 multiply–adds, and neighbouring rows read nearly the same
// samples. No workgroup memory: weights are the same for a whole workgroup, samples come once from memory and then from
// cache, and software adapters pay dearly for barriers; on them it is loads that count.
struct Sizes {
  p_size: u32, q_size: u32, rows: u32,
  x_offset: i32, x_p: i32, x_q: i32, x_j: i32,
  y_offset: i32, y_p: i32, y_q: i32, y_i: i32,
  j_low: u32, j_high: u32,
  // outputs before `from` or from `to` on get the value `outside`
  p_from: u32, p_to: u32, q_from: u32, q_to: u32, i_from: u32, i_to: u32, outside: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4u>;
@group(0) @binding(1) var<storage, read> tiles: array<vec4u>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn int16s(word: u32) -> vec2f {
  return vec2f(f32(i32(word << 16u) >> 16u), f32(i32(word) >> 16u));
}

fn word(index: i32) -> u32 {
  return x[index >> 2u][index & 3];
}

fn sample(element: i32) -> f32 {
  if (PACKED == 0) { return bitcast<f32>(word(element)); }
  let pair = int16s(word(element >> 1u));
  return select(pair.x, pair.y, (element & 1) == 1);
}

// Eight samples; the second four may come with the first.
struct Octet { low: vec4f, high: vec4f }

fn octet(low: vec4i, high: vec4i) -> Octet {
  if (ALIGNED == 1 && PACKED == 1) {
    let words = x[low.x >> 3u];
    return Octet(vec4f(int16s(words.x), int16s(words.y)), vec4f(int16s(words.z), int16s(words.w)));
  }
  if (ALIGNED == 1) { return Octet(bitcast<vec4f>(x[low.x >> 2u]), bitcast<vec4f>(x[high.x >> 2u])); }
  return Octet(
    vec4f(sample(low.x), sample(low.y), sample(low.z), sample(low.w)),
    vec4f(sample(high.x), sample(high.y), sample(high.z), sample(high.w)),
  );
}

// Bits k of 0…7 with from ≤ p + k < to.
fn octet_bits(p: u32, range_from: u32, to: u32) -> u32 {
  let below_to = (1u << min(to - min(to, p), 8u)) - 1u;
  let below_from = (1u << min(range_from - min(range_from, p), 8u)) - 1u;
  return below_to & ~below_from;
}

fn held(at: vec4i) -> vec4f {
  return vec4f(y[at.x], y[at.y], y[at.z], y[at.w]);
}

// Writes the values whose bit is in `used`; those whose bit is not in `inside` are outside the volume.
fn put(at: vec4i, values: vec4f, used: u32, inside: u32, outside: f32) {
  let result = select(vec4f(outside), values, (vec4u(inside) & vec4u(1u, 2u, 4u, 8u)) != vec4u());
  if ((used & 1u) != 0u) { y[at.x] = result.x; }
  if ((used & 2u) != 0u) { y[at.y] = result.y; }
  if ((used & 4u) != 0u) { y[at.z] = result.z; }
  if ((used & 8u) != 0u) { y[at.w] = result.w; }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let p_size = sizes.p_size;
  let octets = (p_size + 7u) / 8u;
  let lane = (group.z * groups.x + group.x) * 64u + local;
  let q = lane / octets;
  if (q >= sizes.q_size) { return; }
  let p = 8u * (lane - q * octets);
  // beyond the end of p the last one is read again
  let low_p = vec4i(min(vec4u(p) + vec4u(0u, 1u, 2u, 3u), vec4u(p_size - 1u)));
  let high_p = vec4i(min(vec4u(p) + vec4u(4u, 5u, 6u, 7u), vec4u(p_size - 1u)));

  let i = group.y * 4u;
  let rows = sizes.rows;
  let y_i = sizes.y_i;
  let y_low = sizes.y_offset + i32(q) * sizes.y_q + i32(i) * y_i + low_p * sizes.y_p;
  let y_high = sizes.y_offset + i32(q) * sizes.y_q + i32(i) * y_i + high_p * sizes.y_p;
  // sums of rows 0 to 3 at the lower and the higher four of p
  var low0 = vec4f(); var low1 = vec4f(); var low2 = vec4f(); var low3 = vec4f();
  var high0 = vec4f(); var high1 = vec4f(); var high2 = vec4f(); var high3 = vec4f();
  if (ACCUMULATE == 1) {
    let left = rows - 1u - i;
    let step = vec4i(y_i) * vec4i(min(vec4u(left), vec4u(0u, 1u, 2u, 3u)));
    low0 = held(y_low); low1 = held(y_low + step.y); low2 = held(y_low + step.z); low3 = held(y_low + step.w);
    high0 = held(y_high); high1 = held(y_high + step.y); high2 = held(y_high + step.z); high3 = held(y_high + step.w);
  }

  let tile = tiles[group.y];
  let j_low = sizes.j_low;
  let first = max(tile.x, j_low);
  let end = min(tile.y, sizes.j_high);
  let x_j = sizes.x_j;
  let line = sizes.x_offset + i32(q) * sizes.x_q + (i32(first) - i32(j_low)) * x_j;
  var x_low = line + low_p * sizes.x_p;
  var x_high = line + high_p * sizes.x_p;
  var weight = tile.z + first - tile.x;
  for (var j = first; j < end; j++) {
    let w = weights[weight];
    let samples = octet(x_low, x_high);
    low0 = fma(vec4f(w.x), samples.low, low0); high0 = fma(vec4f(w.x), samples.high, high0);
    low1 = fma(vec4f(w.y), samples.low, low1); high1 = fma(vec4f(w.y), samples.high, high1);
    low2 = fma(vec4f(w.z), samples.low, low2); high2 = fma(vec4f(w.z), samples.high, high2);
    low3 = fma(vec4f(w.w), samples.low, low3); high3 = fma(vec4f(w.w), samples.high, high3);
    x_low += x_j;
    x_high += x_j;
    weight++;
  }

  let used = octet_bits(p, 0u, p_size);
  let line_inside = octet_bits(p, sizes.p_from, sizes.p_to) * u32(q >= sizes.q_from && q < sizes.q_to);
  let i_from = sizes.i_from;
  let i_to = sizes.i_to;
  let outside = sizes.outside;
  for (var r = 0u; r < min(4u, rows - i); r++) {
    let inside = select(0u, line_inside, i + r >= i_from && i + r < i_to);
    var low = low0;
    var high = high0;
    if (r == 1u) { low = low1; high = high1; }
    if (r == 2u) { low = low2; high = high2; }
    if (r == 3u) { low = low3; high = high3; }
    put(y_low + i32(r) * y_i, low, used, inside, outside);
    put(y_high + i32(r) * y_i, high, used >> 4u, inside >> 4u, outside);
  }
}
