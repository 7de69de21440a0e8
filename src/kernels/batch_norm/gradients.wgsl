// All gradients of a batch norm that was trained with the batch's statistics: gradient_parts.wgsl, gradient_finish.wgsl and
// gradient_input.wgsl for channels of which a workgroup can take one or more, with the same bits.
//
//   x, y, gy      [batch, channels, length]  as in gradient_parts.wgsl
//   statistics    [channels]                 (c, mean − c, 1 / √(variance + eps), 0)
//   weight, bias  [channels]
//   g             [batch, channels, length]  gradient of the residual, written with RELU and RESIDUAL; else one element
//   gweight, gbias  [channels]
//   gx            [batch, channels, length]  weight / √(variance + eps) · (g − (gbias + x̂ · gweight) / m)
//
// A workgroup takes CHANNELS channels, whose parts, at most PARTS each, lie in workgroup memory. through.wgsl, part-gradients.wgsl,
// join-gradients.wgsl and walk.ts's types are put ahead.
//
// For GPUs, to spare dispatches; not yet measured on one, its bits only on processors.
const THREADS = 256;

struct Sizes { batch: u32, channels: u32, length: u32, parts: u32, inverse_count: f32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> y: array<Stored>;
@group(0) @binding(2) var<storage, read> gy: array<Stored>;
@group(0) @binding(3) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> g: array<Stored>;
@group(0) @binding(7) var<storage, read_write> gweight: array<f32>;
@group(0) @binding(8) var<storage, read_write> gbias: array<f32>;
@group(0) @binding(9) var<storage, read_write> gx: array<Stored>;
@group(0) @binding(10) var<uniform> sizes: Sizes;

var<workgroup> parts_found: array<vec2f, CHANNELS * PARTS>;
var<workgroup> gradients_of: array<vec2f, CHANNELS>;

fn part_at(part: u32, channel: u32) -> vec2f {
  return parts_found[channel % CHANNELS * PARTS + part];
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (group.y * groups.x + group.x) * CHANNELS;
  if (first >= sizes.channels) { return; }
  let present = min(CHANNELS, sizes.channels - first);
  for (var each = local; each < present * PARTS; each += THREADS) {
    let part = each % PARTS;
    if (part >= sizes.parts) { continue; }
    let channel = first + each / PARTS;
    let known = statistics[channel];
    let found = part_gradients(channel, part, known, Value(known.z * weight[channel]), Value(bias[channel]));
    parts_found[each] = found;
  }
  workgroupBarrier();
  let joins = local < select(present, LANES, LANES > 1); // one invocation a channel, or lanes for the only one
  let channel = first + select(local, 0, LANES > 1);
  let sums = joined(channel, select(0, local, LANES > 1), 0, joins);
  if (joins && (LANES == 1 || local == 0)) {
    let found = vec2f(sums.x * statistics[channel].z, sums.y);
    gradients_of[channel - first] = found;
    gweight[channel] = found.x;
    gbias[channel] = found.y;
  }
  workgroupBarrier();
  for (var c = 0u; c < present; c++) {
    let known = statistics[first + c];
    let scale = Value(known.z * weight[first + c]);
    let shift = Value(bias[first + c]);
    let slope = Value(known.z * gradients_of[c].x * sizes.inverse_count);
    let offset = Value(gradients_of[c].y * sizes.inverse_count);
    for (var n = 0u; n < sizes.batch; n++) {
      let start = (n * sizes.channels + first + c) * sizes.length;
      for (var i = start + local; i < start + sizes.length; i += THREADS) {
        let d = (Value(x[i]) - known.x) - known.y;
        gx[i] = Stored((gradient_of(i, d, scale, shift) - fma(d, slope, offset)) * scale);
      }
    }
  }
}
