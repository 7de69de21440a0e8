// Gradients of weight and bias from the sums over parts.
//
//   partial     [parts, channels]  (Σ g · (x − mean), Σ g) of each part
//   statistics  [channels]         (c, mean − c, 1 / √(variance + eps), 0)
//   gweight     [channels]         Σ g · (x − mean) / √(variance + eps)
//   gbias       [channels]         Σ g
//
// LANES invocations a channel, each of which takes every LANES-th part; then all of them add up what the lanes found. With few
// parts LANES is 1, and there is no barrier. Lanes follow from the number of parts (lanesOf in walk.ts).
struct Sizes { channels: u32, parts: u32 }

@group(0) @binding(0) var<storage, read> partial: array<vec2f>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gweight: array<f32>;
@group(0) @binding(3) var<storage, read_write> gbias: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> lanes: array<vec2f, 64>;

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
    for (var part = lane; part < sizes.parts; part += LANES) { sums += partial[part * sizes.channels + channel]; }
  }
  if (LANES > 1) {
    lanes[local] = sums;
    workgroupBarrier();
    sums = vec2f();
    for (var i = local - lane; i < local - lane + LANES; i++) { sums += lanes[i]; }
  }
  if (!present || lane != 0u) { return; }
  gweight[channel] = sums.x * statistics[channel].z;
  gbias[channel] = sums.y;
}
