// y = √((g₀² + g₁² + g₂²) / axes), g_a = the difference (1, 0, −1) along axis a smoothed by (1, 2, 1) / 4 along the others:
// skimage.filters.sobel. Beyond the ends lies the outermost voxel again (mode `reflect`).
//
//   x  [d0, d1, d2]  input; planes and lines have leading axes of one
//   y  [d0, d1, d2]  gradient magnitude
//
// An invocation walks RUN voxels along axis 1 with 2 × 2 columns in axes 0 and 2. At each step it reads 4 × 4 voxels and
// keeps the smoothed and differenced planes of the last two steps in registers: 4 loads a voxel instead of 27, and
// neighbouring invocations read neighbouring words. Workgroup memory would save few of the rest and cost barriers.
struct Sizes { d0: u32, d1: u32, d2: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

const RUN = 16u;

// One step: of 2 × 2 columns (axis 0 slower) the sums over axes 0 and 2 that smooth both, or difference one.
struct Plane { even: vec4f, step0: vec4f, step2: vec4f }

fn line(start: u32, at: vec4u) -> vec4f {
  return vec4f(x[start + at.x], x[start + at.y], x[start + at.z], x[start + at.w]);
}

fn plane(lines: vec4u, at: vec4u) -> Plane {
  let a = line(lines.x, at);
  let b = line(lines.y, at);
  let c = line(lines.z, at);
  let d = line(lines.w, at);
  let smooth_a = a.xy + 2.0 * a.yz + a.zw;
  let smooth_b = b.xy + 2.0 * b.yz + b.zw;
  let smooth_c = c.xy + 2.0 * c.yz + c.zw;
  let smooth_d = d.xy + 2.0 * d.yz + d.zw;
  let inner = (b.xy - b.zw) + (c.xy - c.zw); // once in each of the sums 1, 2, 1
  return Plane(
    vec4f(smooth_a + 2.0 * smooth_b + smooth_c, smooth_b + 2.0 * smooth_c + smooth_d),
    vec4f(smooth_a - smooth_c, smooth_b - smooth_d),
    vec4f((a.xy - a.zw) + (b.xy - b.zw) + inner, (d.xy - d.zw) + (c.xy - c.zw) + inner),
  );
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let size = vec3u(sizes.d0, sizes.d1, sizes.d2);
  let columns = (size.z + 1u) / 2u;
  let runs = (size.y + RUN - 1u) / RUN;
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= (size.x + 1u) / 2u * runs * columns) { return; }
  let i0 = i / (runs * columns) * 2u;
  let first = i / columns % runs * RUN;
  let i2 = i % columns * 2u;

  let plane_size = size.y * size.z;
  let lines = min(vec4u(max(i0, 1u) - 1u, i0, i0 + 1u, i0 + 2u), vec4u(size.x - 1u)) * plane_size;
  let at = min(vec4u(max(i2, 1u) - 1u, i2, i2 + 1u, i2 + 2u), vec4u(size.z - 1u));
  let scale = sizes.scale;
  let second0 = i0 + 1u < size.x;
  let second2 = i2 + 1u < size.z;

  var before = plane(lines + (max(first, 1u) - 1u) * size.z, at);
  var here = plane(lines + first * size.z, at);
  let end = min(first + RUN, size.y);
  for (var i1 = first; i1 < end; i1++) {
    let after = plane(lines + min(i1 + 1u, size.y - 1u) * size.z, at);
    // A picture has no axis 0: its lines would be subtracted from themselves, which NaN and infinity show.
    let g0 = select(vec4f(), before.step0 + 2.0 * here.step0 + after.step0, size.x > 1u);
    let g1 = before.even - after.even;
    let g2 = before.step2 + 2.0 * here.step2 + after.step2;
    let magnitude = scale * sqrt(fma(g0, g0, fma(g1, g1, g2 * g2)));
    let place = i0 * plane_size + i1 * size.z + i2;
    y[place] = magnitude.x;
    if (second2) { y[place + 1u] = magnitude.y; }
    if (second0) { y[place + plane_size] = magnitude.z; }
    if (second0 && second2) { y[place + plane_size + 1u] = magnitude.w; }
    before = here;
    here = after;
  }
}
