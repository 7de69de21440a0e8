// parent(start) ← root of its component, for every run.
//
//   starts  [lines, words]   voxels that begin a run
//   parent  [lines, length]  in: a voxel of the same component further ahead, or itself; out: the first voxel of all
//
// One invocation a word. Others may shorten their ways meanwhile; every way leads to the same root.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> starts: array<u32>;
@group(0) @binding(1) var<storage, read_write> parent: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

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
    var at = atomicLoad(&parent[start]);
    loop {
      let up = atomicLoad(&parent[at]);
      if (up == at) { break; }
      at = up;
    }
    atomicStore(&parent[start], at);
  }
}
