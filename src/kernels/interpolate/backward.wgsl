// gx[p, k, i] = Σ of gy[p, o, i] · (weight of input pixel k in output o) over the outputs o; weights as in forward.wgsl
// (taps.wgsl, put ahead).
//
//   gy  [planes, out_size, inner]  gradient put into the output
//   gx  [planes, size, inner]      gradient of the input
//
// A gather: one invocation an input pixel walks over the outputs that can fall on it, in their order.
struct Sizes {
  n: u32, inner: u32, size: u32, out_size: u32,
  start: i32, start_fraction: u32, step: u32, step_fraction: u32, rounded_step: f32,
}

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> gx: array<Output>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Weight of input k in output o: that of all taps that it stands for.
fn weight(o: u32, k: u32) -> f32 {
  let made = taps(o);
  var sum = select(0.0, made.weights.x, pixel(made.first) == k);
  if (TAPS > 1) { sum += select(0.0, made.weights.y, pixel(made.first + 1) == k); }
  if (TAPS > 2) {
    sum += select(0.0, made.weights.z, pixel(made.first + 2) == k);
    sum += select(0.0, made.weights.w, pixel(made.first + 3) == k);
  }
  return sum;
}

// How far before and after input k the place of an output made of it can lie.
const BEFORE = array(0.0, 1.0, 2.0)[MODE];
const AFTER = array(1.0, 1.0, 2.0)[MODE];

// First and last output that can fall on input k, and one more to either side for rounding.
fn reach(k: u32) -> vec2u {
  let last = sizes.out_size - 1u;
  if (sizes.rounded_step == 0.0) { return vec2u(0u, last); }
  let start = f32(sizes.start) + f32(sizes.start_fraction) * 0x1p-32f;
  let bounds = (f32(k) - start + vec2f(-BEFORE, AFTER)) / sizes.rounded_step;
  return min(vec2u(max(bounds + vec2f(-1.0, 2.0), vec2f())), vec2u(last));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let input = (group.y * groups.x + group.x) * 64u + local;
  if (input >= sizes.n) { return; }
  let inner = sizes.inner;
  let line = input / inner;
  let k = line % sizes.size;
  let start = line / sizes.size * sizes.out_size * inner + input % inner;
  let outputs = reach(k);
  var sum = 0.0;
  for (var o = outputs.x; o <= outputs.y; o++) { sum = fma(f32(gy[start + o * inner]), weight(o, k), sum); }
  gx[input] = Output(sum);
}
