// Runs of a mask: starts = set voxels whose predecessor in the line is not set. Each run begins as a component of its own,
// parent(start) = start, and its tally is 0.
//
//   bits    [lines, words]        the mask
//   starts  [lines, words]
//   parent  [lines, length]       written at starts only
//   tally   [lines, length]       written at starts only
//
// One invocation a word. Components are kept by runs rather than voxels: some thousand entries instead of millions.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read_write> starts: array<u32>;
@group(0) @binding(2) var<storage, read_write> parent: array<u32>;
@group(0) @binding(3) var<storage, read_write> tally: array<u32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let words = (sizes.length + 31u) / 32u;
  let word = group.y;
  let line = (group.z * groups.x + group.x) * 64u + local;
  if (line >= sizes.lines) { return; }
  let i = line * words + word;
  let mask = bits[i];
  var before = 0u;
  if (mask != 0u && word > 0u) { before = bits[i - 1u] >> 31u; }
  var begins = mask & ~((mask << 1u) | before);
  starts[i] = begins;
  let first = line * sizes.length + 32u * word;
  while (begins != 0u) {
    let voxel = first + firstTrailingBit(begins);
    parent[voxel] = voxel;
    tally[voxel] = 0u;
    begins &= begins - 1u;
  }
}
