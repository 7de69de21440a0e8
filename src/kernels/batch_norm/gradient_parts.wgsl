// Sums over each part of a channel that the gradients need, of g = gy where the activation let the value through.
//
//   x           [batch, channels, length]  input of the forward pass, as single elements or as vec4s of them
//   y           [batch, channels, length]  its output, read with RELU and RESIDUAL; without them any buffer
//   gy          [batch, channels, length]  gradient put into the output
//   statistics  [channels]                 (c, mean − c, 1 / √(variance + eps), 0)
//   weight, bias  [channels]
//   g           [batch, channels, length]  gradient of the residual, written with RELU and RESIDUAL; else one element
//   partial     [parts, channels]          from `first` on: (Σ g · (x − mean), Σ g)
//
// One invocation a part (part-gradients.wgsl, put ahead).
struct Sizes { batch: u32, channels: u32, length: u32, parts: u32, first: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> y: array<Stored>;
@group(0) @binding(2) var<storage, read> gy: array<Stored>;
@group(0) @binding(3) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> g: array<Stored>;
@group(0) @binding(7) var<storage, read_write> partial: array<vec2f>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

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
  let known = statistics[channel];
  let found = part_gradients(channel, part, known, Value(known.z * weight[channel]), Value(bias[channel]));
  partial[sizes.first + part * sizes.channels + channel] = found;
}
