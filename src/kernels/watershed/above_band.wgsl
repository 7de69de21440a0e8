// bits = the voxels above the band, and those open ones that were flooded from there.
//
//   x       [lines, length]  float32
//   open    [lines, words]   bits
//   parent  [lines, length]  at open voxels: the marker's index with the highest bit set, or 2³² − 1
//   bits    [lines, words]
//
// One invocation a word.
struct Sizes { lines: u32, length: u32, high: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> open: array<u32>;
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
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.lines * words) { return; }
  let line = i / words;
  let position = 32u * (i - line * words);
  let first = line * length + position;
  let high = sizes.high;
  let unmarked = open[i];
  var above = 0u;
  for (var k = 0u; k < min(32u, length - position); k++) {
    var source = first + k;
    if (((unmarked >> k) & 1u) == 1u) {
      let root = parent[source];
      if (root == 0xffffffffu) { continue; }
      source = root & 0x7fffffffu;
    }
    above |= u32(x[source] > high) << k;
  }
  bits[i] = above;
}
