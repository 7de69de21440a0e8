// y[o] = x[start + Σ_a o_a · step_a]: any walk over a tensor, as a copy. Permuted axes, every k-th element, repetitions.
//
//   x  [...]                                       source
//   y  [outer, size4, size3, size2, size1, size0]  result, in vec4s
//
// RANK axes are in use beside the outer one, the innermost first; the host merges neighbours that are walked as one. Steps
// count elements and wrap, so they may be negative. One invocation writes a vec4 and works out the place of its first
// element, and of another one where a line ends. Bound by memory traffic: writes are in order, reads as scattered as the
// walk, and what neighbours leave of a cache line the next ones take.
struct Sizes {
  n: u32, start: u32,
  size0: u32, size1: u32, size2: u32, size3: u32, size4: u32,
  step0: u32, step1: u32, step2: u32, step3: u32, step4: u32, step_outer: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Place of the first element of a line along the innermost axis.
fn line_at(line: u32) -> u32 {
  var rest = line;
  var at = sizes.start;
  if (RANK > 1) { at += rest % sizes.size1 * sizes.step1; rest /= sizes.size1; }
  if (RANK > 2) { at += rest % sizes.size2 * sizes.step2; rest /= sizes.size2; }
  if (RANK > 3) { at += rest % sizes.size3 * sizes.step3; rest /= sizes.size3; }
  if (RANK > 4) { at += rest % sizes.size4 * sizes.step4; rest /= sizes.size4; }
  return at + rest * sizes.step_outer;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = 4u * ((group.y * groups.x + group.x) * 64u + local);
  if (first >= sizes.n) { return; }
  var line = first / sizes.size0;
  var place = first - line * sizes.size0;
  var at = line_at(line) + place * sizes.step0;
  var values: vec4<Scalar>;
  for (var k = 0u; k < min(4u, sizes.n - first); k++) {
    if (place == sizes.size0) {
      line++;
      place = 0u;
      at = line_at(line);
    }
    values[k] = x[at];
    place++;
    at += sizes.step0;
  }
  y[first / 4u] = values;
}
