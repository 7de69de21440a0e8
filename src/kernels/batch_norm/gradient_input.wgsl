// Gradient of the input, with x̂ = (x − mean) / √(variance + eps), m elements a channel and g = gy where the activation let
// the value through:
//
//   training    gx = weight / √(variance + eps) · (g − (gbias + x̂ · gweight) / m)
//   evaluation  gx = weight / √(variance + eps) · g
//
//   x           [planes, length]  input of the forward pass, as single elements or as vec4s of them
//   gy          [planes, length]  gradient put into the output; where a residual was added, that of the residual
//   statistics  [channels]        (c, mean − c, 1 / √(variance + eps), 0)
//   weight, bias, gweight, gbias  [channels]
//   gx          [planes, length]
//
// TRAINING chooses the equation; with RELU what the activation let through is computed again from x. Runs as in apply.wgsl;
// through.wgsl and walk.ts's types are put ahead.
struct Sizes { planes: u32, channels: u32, length: u32, runs: u32, inverse_count: f32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> gy: array<Stored>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gweight: array<f32>;
@group(0) @binding(6) var<storage, read> gbias: array<f32>;
@group(0) @binding(7) var<storage, read_write> gx: array<Stored>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= sizes.planes * sizes.runs) { return; }
  let plane = index / sizes.runs;
  let channel = plane % sizes.channels;
  let start = plane * sizes.length;
  let known = statistics[channel];
  let scale = Value(known.z * weight[channel]);
  let shift = Value(bias[channel]);
  let slope = Value(known.z * gweight[channel] * sizes.inverse_count);
  let offset = Value(gbias[channel] * sizes.inverse_count);
  for (var i = start + index - plane * sizes.runs; i < start + sizes.length; i += sizes.runs) {
    var g = Value(gy[i]);
    if (RELU != 0 || TRAINING != 0) {
      let d = (Value(x[i]) - known.x) - known.y;
      if (RELU != 0) { g = through(g, fma(d, scale, shift)); }
      if (TRAINING != 0) { g -= fma(d, slope, offset); }
    }
    gx[i] = Stored(g * scale);
  }
}
