// y[o] = x[start + Σ_a o_a · step_a]: any walk over a tensor, as a copy. Permuted axes, every k-th element, repetitions.
//
//   x  [...]                                       source
//   y  [outer, size4, size3, size2, size1, size0]  result, in vec4s
//
// RANK axes are in use: the outer one and the RANK − 1 innermost; the host merges neighbours that are walked as one. Steps
// count elements and wrap, so they may be negative. One invocation writes a vec4; where the innermost axis is a multiple of
// four (QUADS) it works out one place instead of four. Bound by memory traffic: writes are in order, reads as scattered as
// the walk, and what neighbours leave of a cache line the next ones take.
struct Sizes {
  n: u32, start: u32,
  size0: u32, size1: u32, size2: u32, size3: u32, size4: u32,
  step0: u32, step1: u32, step2: u32, step3: u32, step4: u32, step_outer: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn place(i: u32) -> u32 {
  var rest = i;
  var at = sizes.start;
  if (RANK > 1) { at += rest % sizes.size0 * sizes.step0; rest /= sizes.size0; }
  if (RANK > 2) { at += rest % sizes.size1 * sizes.step1; rest /= sizes.size1; }
  if (RANK > 3) { at += rest % sizes.size2 * sizes.step2; rest /= sizes.size2; }
  if (RANK > 4) { at += rest % sizes.size3 * sizes.step3; rest /= sizes.size3; }
  if (RANK > 5) { at += rest % sizes.size4 * sizes.step4; rest /= sizes.size4; }
  return at + rest * sizes.step_outer;
}

fn places(i: u32) -> vec4u {
  if (QUADS == 1) { return place(i) + vec4u(0u, 1u, 2u, 3u) * select(sizes.step_outer, sizes.step0, RANK > 1); }
  let last = sizes.n - 1u;
  return vec4u(place(i), place(min(i + 1u, last)), place(min(i + 2u, last)), place(min(i + 3u, last)));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = 4u * ((group.y * groups.x + group.x) * 64u + local);
  if (i >= sizes.n) { return; }
  let at = places(i);
  y[i / 4u] = vec4<Scalar>(x[at.x], x[at.y], x[at.z], x[at.w]);
}
