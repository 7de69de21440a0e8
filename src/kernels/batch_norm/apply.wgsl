// y = (x − mean) · weight / √(variance + eps) + bias, per channel.
//
//   x           [batch, channels, area]  input
//   statistics  [2, channels]            mean; 1 / √(variance + eps)
//   weight      [channels]
//   bias        [channels]
//   y           [batch, channels, area]  output
//
// One invocation a vec4, bound by memory traffic. The mean is subtracted before anything is multiplied, so that a mean far
// from 0 costs no digits.
struct Sizes { n: u32, channels: u32, area: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read> statistics: array<Scalar>;
@group(0) @binding(2) var<storage, read> weight: array<Scalar>;
@group(0) @binding(3) var<storage, read> bias: array<Scalar>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

// (mean, scale, bias) of the channel of element k.
fn coefficients(k: u32) -> vec3<Scalar> {
  let channel = (k / sizes.area) % sizes.channels;
  return vec3(statistics[channel], statistics[sizes.channels + channel] * weight[channel], bias[channel]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (4u * i >= sizes.n) { return; }
  let k = 4u * i;
  let a = coefficients(k);
  var mean = vec4(a.x);
  var scale = vec4(a.y);
  var shift = vec4(a.z);
  if (ONE_CHANNEL == 0) { // the four elements may lie in different channels
    let b = coefficients(k + 1u);
    let c = coefficients(k + 2u);
    let d = coefficients(k + 3u);
    mean = vec4(a.x, b.x, c.x, d.x);
    scale = vec4(a.y, b.y, c.y, d.y);
    shift = vec4(a.z, b.z, c.z, d.z);
  }
  y[i] = fma(x[i] - mean, scale, shift);
}
