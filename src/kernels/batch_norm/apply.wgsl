// y = (x − mean) · weight / √(variance + eps) + bias, per channel.
//
//   x           [batch, channels, area]  input
//   statistics  [2, channels]            mean; 1 / √(variance + eps)
//   weight      [channels]
//   bias        [channels]
//   y           [batch, channels, area]  output
//
// One invocation an element, bound by memory traffic. The mean is subtracted before anything is multiplied, so that a mean
// far from 0 costs no digits.
struct Sizes { n: u32, channels: u32, area: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> statistics: array<Scalar>;
@group(0) @binding(2) var<storage, read> weight: array<Scalar>;
@group(0) @binding(3) var<storage, read> bias: array<Scalar>;
@group(0) @binding(4) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + local;
  if (i >= sizes.n) { return; }
  let channel = (i / sizes.area) % sizes.channels;
  let scale = statistics[sizes.channels + channel] * weight[channel];
  y[i] = fma(x[i] - statistics[channel], scale, bias[channel]);
}
