// gx[p, i] = Σ of gy[p, o] · (share of input i in output o); shares as in forward.wgsl.
//
//   gy  [planes, out_height, out_width]  gradient put into the output
//   gx  [planes, height, width]          gradient of the input
//
// A gather: one invocation an input pixel walks over the outputs that can fall on it, in scan order.
struct Sizes { n: u32, height: u32, width: u32, out_height: u32, out_width: u32 }

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Share of input i in output o on one axis.
fn share(o: u32, i: u32, size: u32, out_size: u32) -> f32 {
  if (BILINEAR == 0) { return select(f32(0), f32(1), o * size / out_size == i); }
  var place = (f32(o) + 0.5) * (f32(size) / f32(out_size)) - 0.5;
  if (ALIGN_CORNERS == 1) { place = f32(o) * (f32(size - 1u) / max(f32(out_size) - 1, 1)); }
  place = clamp(place, 0, f32(size - 1u));
  return max(1 - abs(place - f32(i)), 0);
}

// First and last output that can fall on input i: one input pixel to either side, and one output for rounding.
fn reach(i: u32, size: u32, out_size: u32) -> vec2u {
  let first = max(i, 1u) - 1u;
  let last = min(i + 2u, size);
  return vec2u(max(first * out_size / size, 2u) - 2u, min((last * out_size + size - 1u) / size + 1u, out_size - 1u));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let input = (group.y * groups.x + group.x) * 64u + local;
  if (input >= sizes.n) { return; }
  let ix = input % sizes.width;
  let iy = (input / sizes.width) % sizes.height;
  let plane = (input / (sizes.width * sizes.height)) * sizes.out_height * sizes.out_width;
  let rows = reach(iy, sizes.height, sizes.out_height);
  let columns = reach(ix, sizes.width, sizes.out_width);
  var sum = f32(0);
  for (var oy = rows.x; oy <= rows.y; oy++) {
    let weight = share(oy, iy, sizes.height, sizes.out_height);
    if (weight == 0) { continue; }
    for (var ox = columns.x; ox <= columns.y; ox++) {
      sum = fma(f32(gy[plane + oy * sizes.out_width + ox]), weight * share(ox, ix, sizes.width, sizes.out_width), sum);
    }
  }
  gx[input] = Scalar(sum);
}
