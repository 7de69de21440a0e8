// How finish.wgsl and forward.wgsl join the parts of a channel, which `part_at` gives; put ahead of them.
//
// The parts' means are averaged twice: to single precision, which becomes the centre c, then as differences from it. So the
// mean is known to 2⁻²⁴ of a deviation, not of itself, and x − mean is computed as (x − c) − (mean − c).
//
// LANES invocations share a channel, numbered from `base` on: each takes every LANES-th part, then all of them add up what
// the lanes found. With few parts LANES is 1, and there is no barrier. Both choices follow from the shape.
var<workgroup> first_lanes: array<vec2f, 64>;
var<workgroup> second_lanes: array<vec2f, 64>;

// (c, mean − c, Σ (x − mean)², elements) of a channel; what a lane that is not `present` gets means nothing.
fn joined(channel: u32, lane: u32, base: u32, present: bool) -> vec4f {
  var sums = vec2f();
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) {
      let each = part_at(part, channel);
      sums += vec2f((each.x + each.y) * each.w, each.w);
    }
  }
  if (LANES > 1) {
    if (lane < LANES) { first_lanes[base + lane] = sums; }
    workgroupBarrier();
    sums = vec2f();
    for (var i = base; i < base + LANES; i++) { sums += first_lanes[i]; }
  }
  let count = sums.y;
  let centre = sums.x / count;
  sums = vec2f();
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) {
      let each = part_at(part, channel);
      let d = (each.x - centre) + each.y;
      sums += vec2f(d * each.w, fma(d * d, each.w, each.z));
    }
  }
  if (LANES > 1) {
    if (lane < LANES) { second_lanes[base + lane] = sums; }
    workgroupBarrier();
    sums = vec2f();
    for (var i = base; i < base + LANES; i++) { sums += second_lanes[i]; }
  }
  // From an infinite mean there are no differences.
  let offset = select(sums.x / count, 0, (bitcast<u32>(centre) & 0x7f800000u) == 0x7f800000u);
  return vec4f(centre, offset, abs(fma(-sums.x, offset, sums.y)), count);
}

// Moves the running statistics by what was found: the mean, and the unbiased variance.
fn move_running(channel: u32, found: vec4f) {
  let mean = running_mean[channel];
  running_mean[channel] = fma(sizes.momentum, (found.x - mean) + found.y, mean);
  let variance = running_var[channel];
  running_var[channel] = fma(sizes.momentum, found.z / (found.w - 1) - variance, variance);
  if (channel == 0u) { num_batches_tracked[0] += 1; }
}
