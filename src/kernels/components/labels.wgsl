// y(v) = number of the voxel's component, 0 outside the mask.
//
//   bits    [lines, words]   the mask
//   starts  [lines, words]   voxels that begin a run
//   parent  [lines, length]  at starts: the component's root
//   number  [lines, length]  at roots
//   y       [lines, length]  32-bit integers
//
// One invocation a word; a look-up where a run begins.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> parent: array<u32>;
@group(0) @binding(3) var<storage, read> number: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

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
  let position = 32u * word;
  let first = line * length + position;
  let mask = bits[i];
  let begins = starts[i];
  var current = 0u;
  if ((mask & ~begins & 1u) != 0u) { current = number[parent[run_start(line * words, line * length, position)]]; }
  for (var k = 0u; k < min(32u, length - position); k++) {
    if (((begins >> k) & 1u) != 0u) { current = number[parent[first + k]]; }
    y[first + k] = select(0u, current, ((mask >> k) & 1u) != 0u);
  }
}
