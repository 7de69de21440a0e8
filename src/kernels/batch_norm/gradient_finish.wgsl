// Gradients of weight and bias from the sums over parts.
//
//   partial     [channels, parts, 2]  (Σ gy · (x − mean), Σ gy) of each part
//   statistics  [2, channels]         mean; 1 / √(variance + eps)
//   gweight     [channels]            Σ gy · (x − mean) / √(variance + eps)
//   gbias       [channels]            Σ gy
//
// Lanes as in finish.wgsl.
struct Sizes { channels: u32, parts: u32 }

@group(0) @binding(0) var<storage, read> partial: array<Scalar>;
@group(0) @binding(1) var<storage, read> statistics: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> gweight: array<Scalar>;
@group(0) @binding(3) var<storage, read_write> gbias: array<Scalar>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> lanes: array<vec2<Scalar>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let channel = (group.y * groups.x + group.x) * (64u / LANES) + local / LANES;
  let present = channel < sizes.channels;
  var sums = vec2<Scalar>(0, 0);
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) {
      let at = 2u * (channel * sizes.parts + part);
      sums += vec2(partial[at], partial[at + 1u]);
    }
  }
  if (LANES > 1) {
    lanes[local] = sums;
    for (var step = u32(LANES) / 2u; step > 0u; step /= 2u) {
      workgroupBarrier();
      if (lane < step) { lanes[local] += lanes[local + step]; }
    }
    sums = lanes[local];
  }
  if (!present || lane != 0u) { return; }
  gweight[channel] = sums.x * statistics[sizes.channels + channel];
  gbias[channel] = sums.y;
}
