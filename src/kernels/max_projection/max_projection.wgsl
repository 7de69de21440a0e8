// y[o, i] = max over start ≤ k < stop of x[o, k, i]: maximum-intensity projection along one axis.
//
//   x  [outer, length, inner]
//   y  [outer, inner]
//
// One invocation an output; neighbours read neighbouring words. A line with a NaN gives NaN, as NumPy's max does.
struct Sizes { outer: u32, length: u32, inner: u32, start: u32, stop: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn is_nan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let inner = sizes.inner;
  if (i >= sizes.outer * inner) { return; }
  let outer = i / inner;
  var at = (outer * sizes.length + sizes.start) * inner + i - outer * inner;
  var most = x[at];
  for (var k = sizes.start + 1u; k < sizes.stop; k++) {
    at += inner;
    let value = x[at];
    most = select(max(most, value), select(most, value, is_nan(value)), is_nan(value) || is_nan(most));
  }
  y[i] = most;
}
