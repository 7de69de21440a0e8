// Joins the parts of each channel and moves the running statistics.
//
//   partial              [parts, channels]  of each part: a centre c, mean − c, Σ (x − mean)², its elements
//   statistics           [channels]         (c, mean − c, 1 / √(variance + eps), 0)
//   running_mean         [channels]         += momentum · (mean − running_mean)
//   running_var          [channels]         the same with the unbiased variance
//   num_batches_tracked  [1]                += 1
//
// LANES invocations a channel, which all add up what the lanes found (join-statistics.wgsl, put ahead). With few parts LANES
// is 1, and there is no barrier.
struct Sizes { channels: u32, parts: u32, momentum: f32, eps: f32 }

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_var: array<f32>;
@group(0) @binding(4) var<storage, read_write> num_batches_tracked: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> first_lanes: array<vec2f, 64>;
var<workgroup> second_lanes: array<vec2f, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % LANES;
  let base = local - lane;
  let channel = (group.y * groups.x + group.x) * (64u / LANES) + local / LANES;
  let present = channel < sizes.channels;
  var sums = vec2f();
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) {
      sums += weighed(partial[part * sizes.channels + channel]);
    }
  }
  if (LANES > 1) {
    first_lanes[local] = sums;
    workgroupBarrier();
    sums = vec2f();
    for (var i = base; i < base + LANES; i++) { sums += first_lanes[i]; }
  }
  let count = sums.y;
  let centre = sums.x / count;
  sums = vec2f();
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) {
      sums += spread(partial[part * sizes.channels + channel], centre);
    }
  }
  if (LANES > 1) {
    second_lanes[local] = sums;
    workgroupBarrier();
    sums = vec2f();
    for (var i = base; i < base + LANES; i++) { sums += second_lanes[i]; }
  }
  if (!present || lane != 0u) { return; }
  let found = joined(centre, count, sums);
  statistics[channel] = vec4f(found.xy, 1 / sqrt(found.z / found.w + sizes.eps), 0);
  move_running(channel, found);
}
