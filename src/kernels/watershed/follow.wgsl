// y(v) = where up to 65,536 steps from parent to parent lead: for open voxels, towards the marker the flood came from.
//
//   open    [lines, words]   bits
//   parent  [lines, length]  at open voxels: an index; with the highest bit set it is a marker's and the way ends
//   y       [lines, length]  at open voxels, likewise
//
// From one buffer to another, so every way is read as it was: twice cover ways of 4 · 10⁹ steps. One invocation a word.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> open: array<u32>;
@group(0) @binding(1) var<storage, read> parent: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

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
  if (left == 0u) { return; }
  let first = line * length + 32u * word;
  while (left != 0u) {
    let voxel = first + firstTrailingBit(left);
    left &= left - 1u;
    var at = parent[voxel];
    for (var step = 0u; step < 65536u && at < 0x80000000u; step++) {
      at = parent[at];
    }
    y[voxel] = at;
  }
}
