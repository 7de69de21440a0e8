// y[row0 + o, z] = max over start ≤ k < stop of the voxel at o, k along the other two axes: its value where it is in the
// mask and at least `least`, else `outside`.
//
//   x     [d0, d1, d2]       float32
//   bits  [d0 · d1, words]   the mask
//   y     [rows, d2]         d1 (AXIS 0) or d0 (AXIS 1) rows from row0 on are written
//
// One invocation an output: masking while projecting, so the masked volume is never made.
struct Sizes { d0: u32, d1: u32, d2: u32, start: u32, stop: u32, row0: u32, least: f32, outside: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> bits: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let length = sizes.d2;
  let d1 = sizes.d1;
  let rows = select(sizes.d0, d1, AXIS == 0);
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= rows * length) { return; }
  let row = i / length;
  let position = i - row * length;
  let words = (length + 31u) / 32u;
  let least = sizes.least;
  let outside = sizes.outside;
  let stop = sizes.stop;
  var most = outside;
  for (var k = sizes.start; k < stop; k++) {
    let line = select(row * d1 + k, k * d1 + row, AXIS == 0);
    let inside = (bits[line * words + position / 32u] >> (position % 32u)) & 1u;
    let value = x[line * length + position];
    most = max(most, select(outside, value, inside == 1u && value >= least));
  }
  y[sizes.row0 * length + i] = most;
}
