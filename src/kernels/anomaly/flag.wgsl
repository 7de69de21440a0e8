// flags[index] |= 1 where an element of x is NaN, |= 2 where one is infinite.
//
//   x      [n]
//   flags  [index + 1 or more]
//
// Told by bits, because WGSL may assume that there is neither. Any number of invocations may set the flag: it is a whole
// number, and their order does not matter. An invocation takes TURNS vec4s; bound by memory traffic; what lies behind the
// last element within its vec4 does not count.
struct Sizes { n: u32, index: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read_write> flags: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  var found = 0u;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    let present = 4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(sizes.n);
    let magnitude = bitcast<vec4u>(vec4f(x[i])) & vec4u(0x7fffffffu);
    if (any((magnitude > vec4u(0x7f800000u)) & present)) { found |= 1u; }
    if (any((magnitude == vec4u(0x7f800000u)) & present)) { found |= 2u; }
  }
  if (found != 0u) { atomicOr(&flags[sizes.index], found); }
}
