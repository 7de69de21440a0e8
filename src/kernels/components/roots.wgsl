// count(word) = number of components whose first voxel is in the word; with NUMBER, after a prefix sum over the counts,
// number(root) = 1 + components that begin ahead of it.
//
//   starts  [lines, words]   voxels that begin a run
//   parent  [lines, length]  at starts: the component's root
//   count   [lines, words]
//   number  [lines, length]  at roots
//
// One invocation a word.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> starts: array<u32>;
@group(0) @binding(1) var<storage, read> parent: array<u32>;
@group(0) @binding(2) var<storage, read_write> count: array<u32>;
@group(0) @binding(3) var<storage, read_write> number: array<u32>;
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
  let first = line * sizes.length + 32u * word;
  var begins = starts[i];
  var total = 0u;
  if (NUMBER == 1) { total = count[i]; }
  while (begins != 0u) {
    let start = first + firstTrailingBit(begins);
    begins &= begins - 1u;
    if (parent[start] != start) { continue; }
    total++;
    if (NUMBER == 1) { number[start] = total; }
  }
  if (NUMBER == 0) { count[i] = total; }
}
