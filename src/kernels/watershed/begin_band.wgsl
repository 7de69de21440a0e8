// The state before a flood from two sides: level and waiting lines of the open voxels.
//
//   open     [lines, words]    bits
//   level    [lines, length]   before: elevation (not negative) where a voxel is beside an open one; 2³² − 1 at open voxels
//   waiting  [lines, chunks]   zeros before: a bit for each of a chunk's words that has open voxels
//
// begin.wgsl for markers that fill all that is not open. One invocation a word.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> open: array<u32>;
@group(0) @binding(1) var<storage, read_write> level: array<u32>;
@group(0) @binding(2) var<storage, read_write> waiting: array<atomic<u32>>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

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
  var left = open[i];
  if (left == 0u) { return; }
  let first = line * sizes.length + 32u * word;
  while (left != 0u) {
    level[first + firstTrailingBit(left)] = 0xffffffffu;
    left &= left - 1u;
  }
  let chunks = (words + 31u) / 32u;
  atomicOr(&waiting[line * chunks + word / 32u], 1u << (word % 32u));
}
