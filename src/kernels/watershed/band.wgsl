// open = the voxels with low ≤ x ≤ high, above = those with x > high.
//
//   x      [lines, length]  float32
//   open   [lines, words]   bits
//   above  [lines, words]   bits
//
// One invocation a word.
struct Sizes { lines: u32, length: u32, low: f32, high: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> open: array<u32>;
@group(0) @binding(2) var<storage, read_write> above: array<u32>;
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
  let position = 32u * word;
  let first = line * length + position;
  let count = min(32u, length - position);
  let low = sizes.low;
  let high = sizes.high;
  var not_below = 0u;
  var over = 0u;
  for (var k = 0u; k < count; k++) {
    let value = x[first + k];
    not_below |= u32(value >= low) << k;
    over |= u32(value > high) << k;
  }
  open[i] = not_below & ~over;
  above[i] = over;
}
