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
// TRAINING chooses the equation. One invocation an element, bound by memory traffic.
struct Sizes { n: u32, channels: u32, area: u32, inverse_count: f32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> gy: array<Scalar>;
@group(0) @binding(2) var<storage, read> statistics: array<Scalar>;
@group(0) @binding(3) var<storage, read> weight: array<Scalar>;
@group(0) @binding(4) var<storage, read> gweight: array<Scalar>;
@group(0) @binding(5) var<storage, read> gbias: array<Scalar>;
@group(0) @binding(6) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + local;
  if (i >= sizes.n) { return; }
  let channel = (i / sizes.area) % sizes.channels;
  let inverse = statistics[sizes.channels + channel];
  var g = gy[i];
  if (TRAINING == 1) {
    let normalised = (x[i] - statistics[channel]) * inverse;
    g -= fma(normalised, gweight[channel], gbias[channel]) * Scalar(sizes.inverse_count);
  }
  gx[i] = g * (inverse * weight[channel]);
}
