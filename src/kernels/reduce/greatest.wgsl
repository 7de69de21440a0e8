// index[o, s, i] = the place k of the greatest x[o, k, i] among k = s, s + segments, …; the first one where several are
// greatest. NaN counts as greater than all numbers.
//
//   x           [outer, n, inner]         values
//   candidates  [outer, left, inner]      places to choose from, with AGAIN: those that the pass before has left
//   index       [outer, segments, inner]  the places chosen
//
// One invocation a segment of at most 64 places; the caller repeats until one is left. Places travel rather than values, so
// the last one serves the gradient too. Neighbours read neighbouring elements; bound by memory traffic.
struct Sizes { outputs: u32, n: u32, left: u32, segments: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> candidates: array<u32>;
@group(0) @binding(2) var<storage, read_write> index: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn is_nan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

fn precedes(value: f32, k: u32, most: f32, best: u32) -> bool {
  if (is_nan(value)) { return !is_nan(most) || k < best; }
  return !is_nan(most) && (value > most || (value == most && k < best));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.outputs) { return; }
  let inner = sizes.inner;
  let i = output % inner;
  let segment = output / inner % sizes.segments;
  let o = output / (inner * sizes.segments);
  let line = o * sizes.n * inner + i;
  var best = 0u;
  var most = 0.0;
  for (var j = segment; j < sizes.left; j += sizes.segments) {
    var k = j;
    if (AGAIN == 1) { k = candidates[(o * sizes.left + j) * inner + i]; }
    let value = f32(x[line + k * inner]);
    if (j == segment || precedes(value, k, most, best)) {
      best = k;
      most = value;
    }
  }
  index[output] = best;
}
