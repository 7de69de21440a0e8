// y[0][i] = fma(x, x, -1), y[1][i] = sqrt(x), y[2][i] = exp(x), y[3][i] = log(x), for x[i], i < n.
//   x [n], y [4, n]
// One invocation an element: a check of the adapter's arithmetic, not of its speed.

struct Sizes { n: u32 }
@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= sizes.n) { return; }
  let value = x[i];
  y[i] = fma(value, value, -1.0);
  y[sizes.n + i] = sqrt(value);
  y[2u * sizes.n + i] = exp(value);
  y[3u * sizes.n + i] = log(value);
}
