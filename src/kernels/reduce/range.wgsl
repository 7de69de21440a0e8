// range[r, s] = (least, greatest) of x[r, s + j · segments]: extremes of rows, cut into interleaved segments.
//
//   x      [rows, n], or with PAIRS [rows, n, 2]: ranges from the pass before
//   range  [rows, segments, 2]
//
// One invocation a segment, as in sum.wgsl.
struct Sizes { outputs: u32, n: u32, segments: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> range: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.outputs) { return; }
  let segment = output % sizes.segments;
  let row = (output / sizes.segments) * sizes.n;
  let stride = 1u + u32(PAIRS);
  var low = x[stride * (row + segment)];
  var high = x[stride * (row + segment) + u32(PAIRS)];
  for (var k = segment + sizes.segments; k < sizes.n; k += sizes.segments) {
    low = min(low, x[stride * (row + k)]);
    high = max(high, x[stride * (row + k) + u32(PAIRS)]);
  }
  range[2u * output] = low;
  range[2u * output + 1u] = high;
}
