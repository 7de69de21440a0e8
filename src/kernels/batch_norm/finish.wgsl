// Joins the parts of each channel and moves the running statistics.
//
//   partial              [parts, channels]  of each part: a centre c, mean − c, Σ (x − mean)², its elements
//   statistics           [channels]         (c, mean − c, 1 / √(variance + eps), 0)
//   running_mean         [channels]         += momentum · (mean − running_mean)
//   running_var          [channels]         the same with the unbiased variance
//   num_batches_tracked  [1]                += 1
//
// LANES invocations a channel (join-statistics.wgsl, put ahead).
struct Sizes { channels: u32, parts: u32, momentum: f32, eps: f32 }

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_var: array<f32>;
@group(0) @binding(4) var<storage, read_write> num_batches_tracked: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn part_at(part: u32, channel: u32) -> vec4f {
  return partial[part * sizes.channels + channel];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % LANES;
  let channel = (group.y * groups.x + group.x) * (64u / LANES) + local / LANES;
  let present = channel < sizes.channels;
  let found = joined(channel, lane, local - lane, present);
  if (!present || lane != 0u) { return; }
  statistics[channel] = vec4f(found.xy, 1 / sqrt(found.z / found.w + sizes.eps), 0);
  move_running(channel, found);
}
