// Mean and sum of squared deviations of each part of a channel.
//
//   x        [batch, channels, area]   input
//   partial  [channels, parts, 2]      (mean, Σ (x − mean)²) of the part
//
// Part t of a channel holds pixels t, t + parts, … of every picture; one invocation a part, so neighbours read neighbouring
// pixels and there is no barrier. Sums are of differences from the part's first element: its distance from the mean is at
// most √count deviations, so whatever the mean, the variance loses no more than count · 2⁻²⁴ of itself.
struct Sizes { batch: u32, channels: u32, area: u32, parts: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> partial: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= sizes.channels * sizes.parts) { return; }
  let part = index % sizes.parts;
  let channel = index / sizes.parts;
  let shift = x[channel * sizes.area + part];
  var count = 0u;
  var sum = Scalar(0);
  var squares = Scalar(0);
  for (var n = 0u; n < sizes.batch; n++) {
    let plane = (n * sizes.channels + channel) * sizes.area;
    for (var p = part; p < sizes.area; p += sizes.parts) {
      let d = x[plane + p] - shift;
      sum += d;
      squares = fma(d, d, squares);
      count++;
    }
  }
  let mean = sum / Scalar(count);
  partial[2u * index] = shift + mean;
  partial[2u * index + 1u] = max(fma(-sum, mean, squares), Scalar(0));
}
