// Joins the parts of each channel and moves the running statistics.
//
//   partial              [parts, channels]  of each part: a centre c, mean − c, Σ (x − mean)², its elements
//   statistics           [channels]         (c, mean − c, 1 / √(variance + eps), 0)
//   running_mean         [channels]         += momentum · (mean − running_mean)
//   running_var          [channels]         the same with the unbiased variance
//   num_batches_tracked  [1]                += 1
//
// The parts' means are averaged twice: to single precision, which becomes the centre c, then as differences from it. So the
// mean is known to 2⁻²⁴ of a deviation, not of itself, and x − mean is computed as (x − c) − (mean − c).
//
// LANES invocations share a channel: each takes every LANES-th part, then all of them add up what the lanes found. With few
// parts LANES is 1, and there is no barrier. Both choices follow from the shape.
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
  let channel = (group.y * groups.x + group.x) * (64u / LANES) + local / LANES;
  let present = channel < sizes.channels;
  var sums = vec2f();
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) {
      let each = partial[part * sizes.channels + channel];
      sums += vec2f((each.x + each.y) * each.w, each.w);
    }
  }
  if (LANES > 1) {
    first_lanes[local] = sums;
    workgroupBarrier();
    sums = vec2f();
    for (var i = local - lane; i < local - lane + LANES; i++) { sums += first_lanes[i]; }
  }
  let count = sums.y;
  let centre = sums.x / count;
  sums = vec2f();
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) {
      let each = partial[part * sizes.channels + channel];
      let d = (each.x - centre) + each.y;
      sums += vec2f(d * each.w, fma(d * d, each.w, each.z));
    }
  }
  if (LANES > 1) {
    second_lanes[local] = sums;
    workgroupBarrier();
    sums = vec2f();
    for (var i = local - lane; i < local - lane + LANES; i++) { sums += second_lanes[i]; }
  }
  if (!present || lane != 0u) { return; }
  // From an infinite mean there are no differences.
  let offset = select(sums.x / count, 0, (bitcast<u32>(centre) & 0x7f800000u) == 0x7f800000u);
  let squares = abs(fma(-sums.x, offset, sums.y));
  statistics[channel] = vec4f(centre, offset, 1 / sqrt(squares / count + sizes.eps), 0);
  let mean = running_mean[channel];
  running_mean[channel] = fma(sizes.momentum, (centre - mean) + offset, mean);
  let variance = running_var[channel];
  running_var[channel] = fma(sizes.momentum, squares / (count - 1) - variance, variance);
  if (channel == 0u) { num_batches_tracked[0] += 1; }
}
