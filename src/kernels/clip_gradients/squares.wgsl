// parts[first + i] = Σ grad[j]² over the 256 elements j from 256 · i: the first of two passes to the norm of all gradients.
//
//   grad   [n]
//   parts  [first + ⌈n / 256⌉ or more]
//
// One invocation a part: 64 vec4s, added in the order of their elements, so the sum depends on n alone. Bound by memory
// traffic, 4 bytes an element.
struct Sizes { n: u32, first: u32 }

@group(0) @binding(0) var<storage, read> grad: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let start = i * 64u;
  if (start * 4u >= sizes.n) { return; }
  let whole = min(start + 64u, sizes.n / 4u);
  var sums = vec4f();
  for (var j = start; j < whole; j++) {
    let g = grad[j];
    sums = fma(g, g, sums);
  }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  // What lies behind the last element within its vec4 is no gradient.
  let rest = sizes.n % 4u;
  if (rest > 0u && start + 64u > sizes.n / 4u) {
    let g = grad[sizes.n / 4u];
    for (var k = 0u; k < rest; k++) { sum = fma(g[k], g[k], sum); }
  }
  parts[sizes.first + i] = sum;
}
