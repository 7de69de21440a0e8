// parts[first + i] = Σ grad[j]² over a 64th of 16,384 elements: the first of two passes to the norm of all gradients.
//
//   grad   [n]
//   parts  [first + 64 · ⌈n / 16,384⌉ or more]
//
// One invocation a part: of the workgroup's 4,096 vec4s every 64th, so that neighbours read neighbouring ones. The sum
// depends on n alone. Bound by memory traffic, 4 bytes an element.
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
  let run = group.y * groups.x + group.x;
  let start = run * 4096u;
  if (start * 4u >= sizes.n) { return; }
  let whole = sizes.n / 4u;
  var sums = vec4f();
  for (var i = start + local; i < min(start + 4096u, whole); i += 64u) {
    let g = grad[i];
    sums = fma(g, g, sums);
  }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  // What lies behind the last element within its vec4 is no gradient.
  if (local == 0u && whole < start + 4096u) {
    for (var k = 0u; k < sizes.n % 4u; k++) { sum = fma(grad[whole][k], grad[whole][k], sum); }
  }
  parts[sizes.first + run * 64u + local] = sum;
}
