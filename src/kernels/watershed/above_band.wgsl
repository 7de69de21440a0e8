// bits = the voxels above the band, and those open ones that were flooded from there.
//
//   open    [lines, words]   bits
//   above   [lines, words]   bits of the markers on the upper side
//   parent  [lines, length]  at open voxels: the marker's index with the highest bit set, or 2³² − 1 where none was reached
//   bits    [lines, words]
//
// One invocation a word.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> open: array<u32>;
@group(0) @binding(1) var<storage, read> above: array<u32>;
@group(0) @binding(2) var<storage, read> parent: array<u32>;
@group(0) @binding(3) var<storage, read_write> bits: array<u32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

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
  var left = open[i];
  var result = above[i];
  let first = line * length + 32u * word;
  while (left != 0u) {
    let bit = firstTrailingBit(left);
    left &= left - 1u;
    let root = parent[first + bit];
    if (root == 0xffffffffu) { continue; }
    let marker = root & 0x7fffffffu;
    let marker_line = marker / length;
    let position = marker - marker_line * length;
    result |= ((above[marker_line * words + position / 32u] >> (position % 32u)) & 1u) << bit;
  }
  bits[i] = result;
}
