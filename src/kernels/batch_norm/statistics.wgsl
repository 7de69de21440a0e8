// Mean and sum of squared deviations of each part of a channel.
//
//   x        [batch, channels, length]  input, as single elements or as vec4s of them
//   partial  [parts, channels]          from `first` on; of each part: a centre c, mean − c, Σ (x − mean)², its elements
//
// Part t of a channel holds places t, t + parts, … of every picture; one invocation a part, so neighbours read neighbouring
// places and there is no barrier. Sums are of differences from the mean of the part's first place, in blocks of sixteen: the
// centre is at most √count deviations from the mean, so whatever the mean, nothing is lost. An infinity in x comes out in
// the mean, NaN in both. `Stored`, `Value` and `total` are put ahead (walk.ts).
struct Sizes { batch: u32, channels: u32, length: u32, parts: u32, first: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// x, but 0 for infinities and NaN, told by the bits of the exponent.
fn finite(x: f32) -> f32 {
  return select(x, 0, (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u);
}

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
  partial[sizes.first + part * sizes.channels + channel] = vec4f(centre, offset, deviations, elements);
}
