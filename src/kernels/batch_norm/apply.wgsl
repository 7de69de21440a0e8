// y = activation((x − mean) · weight / √(variance + eps) + bias + residual), per channel.
//
//   x           [planes, length]  input, as single elements or as vec4s of them; planes = batch · channels
//   residual    [planes, length]  what is added with RESIDUAL; without it any buffer
//   statistics  [channels]        (c, mean − c, 1 / √(variance + eps), 0)
//   weight      [channels]
//   bias        [channels]
//   y           [planes, length]  output
//
// One invocation a run of places t, t + runs, … of a plane: neighbours access neighbouring places, and the channel is found
// once a run. Bound by memory traffic. normalise.wgsl and walk.ts's types are put ahead.
struct Sizes { planes: u32, channels: u32, length: u32, runs: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> residual: array<Stored>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<Stored>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

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
  for (var i = start + index - plane * sizes.runs; i < start + sizes.length; i += sizes.runs) {
    normalise(i, known, scale, shift);
  }
}
