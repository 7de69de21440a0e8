// y[p, o, i] = Σ of the input pixels x[p, k, i] that output pixel o is made of, times their weights (taps.wgsl, put ahead):
// one axis in another size.
//
//   x  [planes, size, inner]      input
//   y  [planes, out_size, inner]  output
//
// One invocation an output. What neighbours read in common meets in the cache.
struct Sizes {
  n: u32, inner: u32, size: u32, out_size: u32,
  start: i32, start_fraction: u32, step: u32, step_fraction: u32, rounded_step: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Output>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.n) { return; }
  let inner = sizes.inner;
  let line = output / inner;
  let made = taps(line % sizes.out_size);
  let start = line / sizes.out_size * sizes.size * inner + output % inner;
  var sum = made.weights.x * f32(x[start + pixel(made.first) * inner]);
  if (TAPS > 1) { sum = fma(made.weights.y, f32(x[start + pixel(made.first + 1) * inner]), sum); }
  if (TAPS > 2) {
    sum = fma(made.weights.z, f32(x[start + pixel(made.first + 2) * inner]), sum);
    sum = fma(made.weights.w, f32(x[start + pixel(made.first + 3) * inner]), sum);
  }
  y[output] = Output(sum);
}
