// How gradient_finish.wgsl and gradients.wgsl join the parts of a channel, which `part_at` gives; put ahead of them. Lanes as
// in join-statistics.wgsl.
var<workgroup> lanes: array<vec2f, 64>;

// (Σ g · (x − mean), Σ g) of a channel; what a lane that is not `present` gets means nothing.
fn joined(channel: u32, lane: u32, base: u32, present: bool) -> vec2f {
  var sums = vec2f();
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) { sums += part_at(part, channel); }
  }
  if (LANES > 1) {
    if (lane < LANES) { lanes[base + lane] = sums; }
    workgroupBarrier();
    sums = vec2f();
    for (var i = base; i < base + LANES; i++) { sums += lanes[i]; }
  }
  return sums;
}
