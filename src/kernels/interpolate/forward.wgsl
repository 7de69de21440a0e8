// y[p, oy, ox] = weighted mean of the one (nearest) or four (bilinear) input pixels that an output pixel falls on.
//
//   x  [planes, height, width]          input
//   y  [planes, out_height, out_width]  output
//
// With BILINEAR pixels are squares and output o has its centre at (o + ½) · size / out_size − ½, or, with ALIGN_CORNERS,
// pixels are points and it lies at o · (size − 1) / (out_size − 1); nearest is ⌊o · size / out_size⌋. As in PyTorch.
// One invocation an output.
struct Sizes { n: u32, height: u32, width: u32, out_height: u32, out_width: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Two neighbours on one axis and the share of the second.
struct Taps { first: u32, second: u32, share: f32 }

fn taps(o: u32, size: u32, out_size: u32) -> Taps {
  if (BILINEAR == 0) {
    let nearest = o * size / out_size;
    return Taps(nearest, nearest, 0);
  }
  var place = (f32(o) + 0.5) * (f32(size) / f32(out_size)) - 0.5;
  if (ALIGN_CORNERS == 1) { place = f32(o) * (f32(size - 1u) / max(f32(out_size) - 1, 1)); }
  place = clamp(place, 0, f32(size - 1u));
  let first = u32(place);
  return Taps(first, min(first + 1u, size - 1u), place - f32(first));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.n) { return; }
  let column = taps(output % sizes.out_width, sizes.width, sizes.out_width);
  let row = taps((output / sizes.out_width) % sizes.out_height, sizes.height, sizes.out_height);
  let plane = (output / (sizes.out_width * sizes.out_height)) * sizes.height * sizes.width;
  let upper = plane + row.first * sizes.width;
  let lower = plane + row.second * sizes.width;
  let above = mix(f32(x[upper + column.first]), f32(x[upper + column.second]), column.share);
  let below = mix(f32(x[lower + column.first]), f32(x[lower + column.second]), column.share);
  y[output] = Scalar(mix(above, below, row.share));
}
