// The state before the flood: which voxels are open (in the mask, without a marker), and the level each marker floods from.
//
//   elevation  [lines, length]   float32
//   markers    [lines, length]   32-bit integers, 0 for none
//   mask       [lines, length]   with MASKED: 0 where nothing is to be flooded (else anything may be bound)
//   open       [lines, words]    bits
//   level      [lines, length]   elevation as an ordered integer at markers, 2³² − 1 elsewhere
//   waiting    [lines, chunks]   zeros before: a bit for each of a chunk's words that has open voxels
//
// Levels are float32 as u32 in the same order (bits flipped for negative numbers), so infinities and comparisons are exact.
// One invocation a word.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> elevation: array<u32>;
@group(0) @binding(1) var<storage, read> markers: array<u32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> open: array<u32>;
@group(0) @binding(4) var<storage, read_write> level: array<u32>;
@group(0) @binding(5) var<storage, read_write> waiting: array<atomic<u32>>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let length = sizes.length;
  let words = (length + 31u) / 32u;
  let word = group.y;
  let line = (group.z * groups.x + group.x) * 64u + local;
  if (line >= sizes.lines) { return; }
  let i = line * words + word;
  let first = line * length + 32u * word;
  var unmarked = 0u;
  for (var k = 0u; k < min(32u, length - 32u * word); k++) {
    let voxel = first + k;
    var inside = true;
    if (MASKED == 1) { inside = mask[voxel] != 0u; }
    let marked = inside && markers[voxel] != 0u;
    level[voxel] = select(0xffffffffu, ordered(elevation[voxel]), marked);
    unmarked |= u32(inside && !marked) << k;
  }
  open[i] = unmarked;
  if (unmarked != 0u) {
    let chunks = (words + 31u) / 32u;
    atomicOr(&waiting[line * chunks + word / 32u], 1u << (word % 32u));
  }
}
