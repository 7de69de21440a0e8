// What statistics.wgsl and forward.wgsl do for one part of a channel; put ahead of them, with walk.ts's `Stored`, `Value` and
// `total`. Part t of a channel holds places t, t + parts, … of every picture. Sums are of differences from the mean of the
// part's first place, in blocks of sixteen: the centre is at most √count deviations from the mean, so whatever the mean,
// nothing is lost. An infinity in x comes out in the mean, NaN in both.

// x, but 0 for infinities and NaN, told by the bits of the exponent.
fn finite(x: f32) -> f32 {
  return select(x, 0, (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u);
}

// Of a part: a centre c, mean − c, Σ (x − mean)², its elements.
fn part_statistics(channel: u32, part: u32) -> vec4f {
  let centre = finite(total(Value(x[channel * sizes.length + part])) / WIDTH);
  let step = 16u * sizes.parts;
  var count = 0u;
  var sum = Value();
  var squares = Value();
  for (var n = 0u; n < sizes.batch; n++) {
    let plane = (n * sizes.channels + channel) * sizes.length;
    for (var start = part; start < sizes.length; start += step) {
      var block_sum = Value();
      var block_squares = Value();
      for (var p = start; p < min(start + step, sizes.length); p += sizes.parts) {
        let d = Value(x[plane + p]) - centre;
        block_sum += d;
        block_squares = fma(d, d, block_squares);
        count++;
      }
      sum += block_sum;
      squares += block_squares;
    }
  }
  let elements = WIDTH * f32(count);
  let whole = total(sum);
  let offset = whole / elements;
  let deviations = abs(fma(-whole, offset, total(squares)));
  return vec4f(centre, offset, deviations, elements);
}
