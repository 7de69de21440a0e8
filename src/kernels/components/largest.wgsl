// best = (largest tally, first root that has it): PASS 0 finds the tally, PASS 1 the root.
//
//   starts  [lines, words]   voxels that begin a run
//   parent  [lines, length]  at starts: the component's root
//   tally   [lines, length]  at roots
//   best    [2]              (0, 2³² − 1) before
//
// One invocation a word; minimum and maximum of integers do not depend on their order.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> starts: array<u32>;
@group(0) @binding(1) var<storage, read> parent: array<u32>;
@group(0) @binding(2) var<storage, read> tally: array<u32>;
@group(0) @binding(3) var<storage, read_write> best: array<atomic<u32>>;
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
  while (begins != 0u) {
    let start = first + firstTrailingBit(begins);
    begins &= begins - 1u;
    if (parent[start] != start) { continue; }
    if (PASS == 0) {
      atomicMax(&best[0], tally[start]);
    } else if (tally[start] == atomicLoad(&best[0])) {
      atomicMin(&best[1], start);
    }
  }
}
