// Runs of equal values: bits = voxels that are not 0, starts = those whose predecessor in the line has another value. Each
// run begins as a component of its own, parent(start) = start, and its tally is 0.
//
//   values  [lines, length]       32-bit integers
//   bits    [lines, words]
//   starts  [lines, words]
//   parent  [lines, length]       written at starts only
//   tally   [lines, length]       written at starts only
//
// One invocation a word.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> values: array<u32>;
@group(0) @binding(1) var<storage, read_write> bits: array<u32>;
@group(0) @binding(2) var<storage, read_write> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> parent: array<u32>;
@group(0) @binding(4) var<storage, read_write> tally: array<u32>;
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
  var mask = 0u;
  var begins = 0u;
  var before = 0u;
  if (position > 0u) { before = values[first - 1u]; }
  for (var k = 0u; k < min(32u, length - position); k++) {
    let value = values[first + k];
    mask |= u32(value != 0u) << k;
    if (value != 0u && value != before) {
      begins |= 1u << k;
      parent[first + k] = first + k;
      tally[first + k] = 0u;
    }
    before = value;
  }
  bits[i] = mask;
  starts[i] = begins;
}
