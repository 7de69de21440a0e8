// y(p) = whether x(p − b) holds for any element b of a footprint: dilation of a mask. Outside the volume there is nothing.
//
//   x          [d0 · d1, words]  bits
//   footprint  [elements, 3]     b, 32-bit integers
//   y          [d0 · d1, words]  bits
//
// One invocation a word: 32 voxels at once, two words of x and a shift for each element. All invocations read the same
// element at a time.
struct Sizes { d0: u32, d1: u32, d2: u32, elements: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> footprint: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// A word of a line, 0 beyond its ends.
fn word_at(line: i32, word: i32, words: i32) -> u32 {
  if (word < 0 || word >= words) { return 0u; }
  return x[line * words + word];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let words = (sizes.d2 + 31u) / 32u;
  let word = group.y;
  let line = (group.z * groups.x + group.x) * 64u + local;
  if (line >= sizes.d0 * sizes.d1) { return; }
  let size = vec2i(vec2u(sizes.d0, sizes.d1));
  let at = vec2i(vec2u(line / sizes.d1, line % sizes.d1));
  var found = 0u;
  for (var e = 0u; e < sizes.elements; e++) {
    let origin = at - vec2i(footprint[3u * e], footprint[3u * e + 1u]);
    if (any(origin < vec2i()) || any(origin >= size)) { continue; }
    let first = i32(32u * word) - footprint[3u * e + 2u]; // voxel of x that belongs to the word's lowest bit
    let source = first >> 5u;
    let shift = u32(first & 31);
    let source_line = origin.x * size.y + origin.y;
    var taken = word_at(source_line, source, i32(words)) >> shift;
    if (shift > 0u) { taken |= word_at(source_line, source + 1, i32(words)) << (32u - shift); }
    found |= taken;
  }
  y[line * words + word] = found & (0xffffffffu >> (32u - min(32u, sizes.d2 - 32u * word)));
}
