// y = max(x, 0), element by element; NaN passes through, so all is done by bits.
//
//   x  [n]  input
//   y  [n]  output
//
// Bound by memory traffic, 8 bytes an element: nothing to tile. An invocation takes TURNS vec4s, one after another
// (elements.ts).
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// 0 for the bit patterns from −0 to −∞.
fn rectified(v: vec4f) -> vec4f {
  return select(v, vec4f(), bitcast<vec4u>(v) - vec4u(0x80000000u) <= vec4u(0x7f800000u));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    y[i] = vec4<Scalar>(rectified(vec4f(x[i])));
  }
}
