// y(v) = 1 where the voxel's bit is set, else 0.
//
//   bits  [lines, ⌈length / 32⌉]
//   y     [lines, length]  32-bit integers
//
// One invocation a word.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

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
  let first = 32u * word;
  let start = line * length + first;
  let count = min(32u, length - first);
  let mask = bits[i];
  for (var k = 0u; k < count; k++) {
    y[start + k] = (mask >> k) & 1u;
  }
}
