// Batch norm in training, all of it at once: statistics.wgsl, finish.wgsl and apply.wgsl for channels of which a workgroup
// can take one or more, with the same bits.
//
//   x, residual, y       [batch, channels, length]  as in apply.wgsl
//   weight, bias         [channels]
//   statistics           [channels]  receives (c, mean − c, 1 / √(variance + eps), 0)
//   running_mean, running_var  [channels]  moved
//   num_batches_tracked  [1]         += 1
//
// A workgroup takes CHANNELS channels, whose parts, at most PARTS each, lie in workgroup memory. part-statistics.wgsl, join-statistics.wgsl,
// normalise.wgsl and walk.ts's types are put ahead.
//
// For GPUs, to spare dispatches; not yet measured on one, its bits only on processors.
const THREADS = 256;

struct Sizes { batch: u32, channels: u32, length: u32, parts: u32, momentum: f32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> residual: array<Stored>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read_write> statistics: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(7) var<storage, read_write> running_var: array<f32>;
@group(0) @binding(8) var<storage, read_write> num_batches_tracked: array<f32>;
@group(0) @binding(9) var<uniform> sizes: Sizes;

var<workgroup> parts_found: array<vec4f, CHANNELS * PARTS>;
var<workgroup> known_of: array<vec4f, CHANNELS>;

fn part_at(part: u32, channel: u32) -> vec4f {
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
    if (part < sizes.parts) { parts_found[each] = part_statistics(first + each / PARTS, part); }
  }
  workgroupBarrier();
  let joins = local < select(present, LANES, LANES > 1); // one invocation a channel, or lanes for the only one
  let channel = first + select(local, 0, LANES > 1);
  let found = joined(channel, select(0, local, LANES > 1), 0, joins);
  if (joins && (LANES == 1 || local == 0)) {
    let known = vec4f(found.xy, 1 / sqrt(found.z / found.w + sizes.eps), 0);
    known_of[channel - first] = known;
    statistics[channel] = known;
    move_running(channel, found);
  }
  workgroupBarrier();
  for (var c = 0u; c < present; c++) {
    let known = known_of[c];
    let scale = Value(known.z * weight[first + c]);
    let shift = Value(bias[first + c]);
    for (var n = 0u; n < sizes.batch; n++) {
      let start = (n * sizes.channels + first + c) * sizes.length;
      for (var i = start + local; i < start + sizes.length; i += THREADS) { normalise(i, known, scale, shift); }
    }
  }
}
