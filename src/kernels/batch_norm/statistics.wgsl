// Mean and sum of squared deviations of each part of a channel.
//
//   x        [batch, channels, length]  input, as single elements or as vec4s of them
//   partial  [parts, channels]          from `first` on; of each part: a centre c, mean − c, Σ (x − mean)², its elements
//
// One invocation a part (part-statistics.wgsl, put ahead), so neighbours read neighbouring places and there is no barrier.
struct Sizes { batch: u32, channels: u32, length: u32, parts: u32, first: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= sizes.channels * sizes.parts) { return; }
  let channel = index / sizes.parts;
  let part = index - channel * sizes.parts;
  partial[sizes.first + part * sizes.channels + channel] = part_statistics(channel, part);
}
