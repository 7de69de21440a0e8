// The state before a flood from two sides: voxels with low ≤ x ≤ high are open, all others are markers.
//
//   x          [lines, length]   float32
//   elevation  [lines, length]   float32
//   open       [lines, words]    bits
//   level      [lines, length]   elevation as an ordered integer at markers, 2³² − 1 at open voxels
//   waiting    [lines, chunks]   zeros before: a bit for each of a chunk's words that has open voxels
//
// begin.wgsl with markers that need not be written down. One invocation a word.
struct Sizes { lines: u32, length: u32, low: f32, high: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> elevation: array<u32>;
@group(0) @binding(2) var<storage, read_write> open: array<u32>;
@group(0) @binding(3) var<storage, read_write> level: array<u32>;
@group(0) @binding(4) var<storage, read_write> waiting: array<atomic<u32>>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

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
  let word = i - line * words;
  let first = line * length + 32u * word;
  let low = sizes.low;
  let high = sizes.high;
  var unmarked = 0u;
  for (var k = 0u; k < min(32u, length - 32u * word); k++) {
    let value = x[first + k];
    let between = value >= low && value <= high;
    level[first + k] = select(ordered(elevation[first + k]), 0xffffffffu, between);
    unmarked |= u32(between) << k;
  }
  open[i] = unmarked;
  if (unmarked != 0u) {
    let chunks = (words + 31u) / 32u;
    atomicOr(&waiting[line * chunks + word / 32u], 1u << (word % 32u));
  }
}
