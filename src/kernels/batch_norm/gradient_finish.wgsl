// Gradients of weight and bias from the sums over parts.
//
//   partial     [parts, channels]  (Σ g · (x − mean), Σ g) of each part
//   statistics  [channels]         (c, mean − c, 1 / √(variance + eps), 0)
//   gweight     [channels]         Σ g · (x − mean) / √(variance + eps)
//   gbias       [channels]         Σ g
//
// LANES invocations a channel (join-gradients.wgsl, put ahead).
struct Sizes { channels: u32, parts: u32 }

@group(0) @binding(0) var<storage, read> partial: array<vec2f>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gweight: array<f32>;
@group(0) @binding(3) var<storage, read_write> gbias: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn part_at(part: u32, channel: u32) -> vec2f {
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
  let sums = joined(channel, lane, local - lane, present);
  if (!present || lane != 0u) { return; }
  gweight[channel] = sums.x * statistics[channel].z;
  gbias[channel] = sums.y;
}
