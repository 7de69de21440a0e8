// Gradient of the input, with x̂ = (x − mean) / √(variance + eps) and m elements a channel:
//
//   training    gx = weight / √(variance + eps) · (gy − (gbias + x̂ · gweight) / m)
//   evaluation  gx = weight / √(variance + eps) · gy
//
//   x           [batch, channels, area]  input of the forward pass
//   gy          [batch, channels, area]  gradient put into the output
//   statistics  [2, channels]            mean; 1 / √(variance + eps)
//   weight, gweight, gbias  [channels]
//   gx          [batch, channels, area]
//
// TRAINING chooses the equation. One invocation a vec4, bound by memory traffic.
struct Sizes { n: u32, channels: u32, area: u32, inverse_count: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read> gy: array<vec4<Scalar>>;
@group(0) @binding(2) var<storage, read> statistics: array<Scalar>;
@group(0) @binding(3) var<storage, read> weight: array<Scalar>;
@group(0) @binding(4) var<storage, read> gweight: array<Scalar>;
@group(0) @binding(5) var<storage, read> gbias: array<Scalar>;
@group(0) @binding(6) var<storage, read_write> gx: array<vec4<Scalar>>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

// (mean, factor, slope, offset) of the channel of element k.
fn coefficients(k: u32) -> vec4<Scalar> {
  let channel = (k / sizes.area) % sizes.channels;
  let inverse = statistics[sizes.channels + channel];
  let factor = inverse * weight[channel];
  if (TRAINING == 0) { return vec4(0, factor, 0, 0); }
  let share = Scalar(sizes.inverse_count);
  return vec4(statistics[channel], factor, inverse * gweight[channel] * share, gbias[channel] * share);
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
  var factor = vec4(a.y);
  var slope = vec4(a.z);
  var offset = vec4(a.w);
  if (ONE_CHANNEL == 0) { // the four elements may lie in different channels
    let b = coefficients(k + 1u);
    let c = coefficients(k + 2u);
    let d = coefficients(k + 3u);
    mean = vec4(a.x, b.x, c.x, d.x);
    factor = vec4(a.y, b.y, c.y, d.y);
    slope = vec4(a.z, b.z, c.z, d.z);
    offset = vec4(a.w, b.w, c.w, d.w);
  }
  var g = gy[i];
  if (TRAINING == 1) { g -= fma(x[i] - mean, slope, offset); }
  gx[i] = g * factor;
}
