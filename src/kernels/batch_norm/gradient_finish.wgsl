// Gradients of weight and bias from the sums over parts.
//
//   partial     [channels, parts]  (Σ g · (x − mean), Σ g) of each part
//   statistics  [channels]         (c, mean − c, 1 / √(variance + eps), 0)
//   gweight     [channels]         Σ g · (x − mean) / √(variance + eps)
//   gbias       [channels]         Σ g
//
// Lanes as in finish.wgsl.
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
  let first = min(channel, sizes.channels - 1u) * sizes.parts;
  var sums = vec2f();
  for (var part = lane; part < sizes.parts; part += LANES) { sums += partial[first + part]; }
  if (LANES > 1) {
    lanes[local] = sums;
    for (var step = u32(LANES) / 2u; step > 0u; step /= 2u) {
      workgroupBarrier();
      if (lane < step) { lanes[local] += lanes[local + step]; }
    }
    sums = lanes[local];
  }
  if (channel >= sizes.channels || lane != 0u) { return; }
  gweight[channel] = sums.x * statistics[channel].z;
  gbias[channel] = sums.y;
}
