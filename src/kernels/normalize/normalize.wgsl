// y = (x − low) / (high − low) with x clipped to [low, high]: low = max(least, extremes.x), high = extremes.y; 0 where high ≤ low.
//
//   x, y      [n]
//   extremes  [1]  least and greatest of x
//
// One invocation an element; bound by memory traffic.
struct Sizes { n: u32, least: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> extremes: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  let low = max(sizes.least, extremes[0].x);
  let high = extremes[0].y;
  y[i] = select(0.0, (clamp(x[i], low, high) - low) / (high - low), high > low);
}
