// bits(v) = whether x(v) is inside: 32 voxels of a line in a word, the first in the lowest bit.
//
//   x     [lines, length]  float32 (CONDITION 0: x ≥ limit, 1: x < limit, 2: x > limit) or 32-bit integers (3: x = limit, 4: x ≠ limit)
//   bits  [lines, ⌈length / 32⌉]  bits beyond a line's end are 0
//
// One invocation a word: everything done to a mask afterwards moves 1/32 of the data.
struct Sizes { lines: u32, length: u32, limit: f32, integer: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> bits: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn holds(value: u32, limit: f32, integer: u32) -> bool {
  switch (CONDITION) {
    case 0: { return bitcast<f32>(value) >= limit; }
    case 1: { return bitcast<f32>(value) < limit; }
    case 2: { return bitcast<f32>(value) > limit; }
    case 3: { return value == integer; }
    default: { return value != integer; }
  }
}

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
  let limit = sizes.limit;
  let integer = sizes.integer;
  var result = 0u;
  for (var k = 0u; k < count; k++) {
    result |= u32(holds(x[start + k], limit, integer)) << k;
  }
  bits[i] = result;
}
