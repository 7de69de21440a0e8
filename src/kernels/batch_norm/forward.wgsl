// Batch norm in training, all of it at once: statistics.wgsl, finish.wgsl and apply.wgsl for channels of which a workgroup
// can take one or more, with the same bits.
//
//   x, residual, y       [batch, channels, length]  as in apply.wgsl
//   weight, bias         [channels]
//   statistics           [channels]  receives (c, mean − c, 1 / √(variance + eps), 0)
//   running_mean, running_var  [channels]  moved
//   num_batches_tracked  [1]         += 1
//
// A workgroup of THREADS takes MOST channels at most, whose parts, at most PLACES together, lie in workgroup memory. One
// invocation a channel joins them, lane after lane. part-statistics.wgsl, join-statistics.wgsl, normalise.wgsl and walk.ts's
// types are put ahead.
//
// Bound by memory traffic. With gradients.wgsl two thirds of the time of the six kernels on lavapipe (9 ms of a step of
// ResNet-18 at 224², some 11 GB/s), and 80 dispatches fewer. Not yet measured on a GPU.
struct Sizes {
  batch: u32, channels: u32, length: u32, parts: u32, lanes: u32,
  each: u32, // channels of a workgroup
  momentum: f32, eps: f32,
}

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

var<workgroup> parts_found: array<vec4f, PLACES>;
var<workgroup> known_of: array<vec4f, MOST>;

// Joins the parts that lie from `base` on.
fn together(base: u32) -> vec4f {
  var first = vec2f();
  for (var lane = 0u; lane < sizes.lanes; lane++) {
    var sums = vec2f();
    for (var part = lane; part < sizes.parts; part += sizes.lanes) { sums += weighed(parts_found[base + part]); }
    first += sums;
  }
  let centre = first.x / first.y;
  var second = vec2f();
  for (var lane = 0u; lane < sizes.lanes; lane++) {
    var sums = vec2f();
    for (var part = lane; part < sizes.parts; part += sizes.lanes) { sums += spread(parts_found[base + part], centre); }
    second += sums;
  }
  return joined(centre, first.y, second);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (group.y * groups.x + group.x) * sizes.each;
  if (first >= sizes.channels) { return; }
  let present = min(sizes.each, sizes.channels - first);
  for (var i = local; i < present * sizes.parts; i += THREADS) {
    parts_found[i] = part_statistics(first + i / sizes.parts, i % sizes.parts);
  }
  workgroupBarrier();
  if (local < present) {
    let found = together(local * sizes.parts);
    let known = vec4f(found.xy, 1 / sqrt(found.z / found.w + sizes.eps), 0);
    known_of[local] = known;
    statistics[first + local] = known;
    move_running(first + local, found);
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
