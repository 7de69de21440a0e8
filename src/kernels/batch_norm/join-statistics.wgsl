// How finish.wgsl and forward.wgsl join the parts of a channel; put ahead of them.
//
// The parts' means are averaged twice: to single precision, which becomes the centre c, then as differences from it. So the
// mean is known to 2⁻²⁴ of a deviation, not of itself, and x − mean is computed as (x − c) − (mean − c).
//
// A channel's parts are summed in lanes: each lane takes every so many-th part in order, then what the lanes found is added
// in order. How many lanes there are follows from the number of parts (lanesOf in walk.ts), never from who adds them.

// What a part adds to the first sum: elements times their mean, elements.
fn weighed(part: vec4f) -> vec2f {
  return vec2f((part.x + part.y) * part.w, part.w);
}

// What a part adds to the second: elements times their mean's distance from the centre, Σ (x − centre)².
fn spread(part: vec4f, centre: f32) -> vec2f {
  let d = (part.x - centre) + part.y;
  return vec2f(d * part.w, fma(d * d, part.w, part.z));
}

// (c, mean − c, Σ (x − mean)², elements) of a channel from both sums.
fn joined(centre: f32, count: f32, sums: vec2f) -> vec4f {
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
