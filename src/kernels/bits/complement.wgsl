// y = the voxels that are not in x.
//
//   x, y  [lines, ⌈length / 32⌉]  bits beyond a line's end stay 0
//
// One invocation a word; bound by memory traffic.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
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
  let count = min(32u, sizes.length - 32u * word);
  y[i] = ~x[i] & (0xffffffffu >> (32u - count));
}
