// y = gradient magnitude of x (see sobel.wgsl), only at the voxels of a mask and those beside them across a face. The rest
// of y is left as it is.
//
//   x     [d0, d1, d2]
//   bits  [d0 · d1, words]  the mask
//   y     [d0, d1, d2]
//
// For masks that are thin, as the band between air and tissue: a tenth of the volume. One invocation a word walks along
// axis 2 over the voxels that are wanted and keeps the last two planes of 3 × 3 in registers: 9 loads for a voxel behind
// another one.
struct Sizes { d0: u32, d1: u32, d2: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> bits: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// Of 3 × 3 voxels at one place along axis 2: smoothed along axes 0 and 1, and differenced along one of them.
struct Plane { even: f32, step0: f32, step1: f32 }

// First voxels of the nine lines around, axis 0 slower; beyond the ends lies the outermost line again.
struct Lines { before: vec3u, here: vec3u, after: vec3u }

fn plane(lines: Lines, position: u32) -> Plane {
  let a = vec3f(x[lines.before.x + position], x[lines.before.y + position], x[lines.before.z + position]);
  let b = vec3f(x[lines.here.x + position], x[lines.here.y + position], x[lines.here.z + position]);
  let c = vec3f(x[lines.after.x + position], x[lines.after.y + position], x[lines.after.z + position]);
  let across = a + 2.0 * b + c;
  let along = a - c;
  return Plane(across.x + 2.0 * across.y + across.z, along.x + 2.0 * along.y + along.z, across.x - across.z);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let d1 = sizes.d1;
  let length = sizes.d2;
  let words = (length + 31u) / 32u;
  let word = group.y;
  let line = (group.z * groups.x + group.x) * 64u + local;
  if (line >= sizes.d0 * d1) { return; }
  let i = line * words + word;
  let i0 = line / d1;
  let i1 = line - i0 * d1;
  // a line at the edge stands for the one beyond
  let low0 = i - select(0u, d1 * words, i0 > 0u);
  let high0 = i + select(0u, d1 * words, i0 + 1u < sizes.d0);
  let low1 = i - select(0u, words, i1 > 0u);
  let high1 = i + select(0u, words, i1 + 1u < d1);
  let mask = bits[i];
  var wanted = mask | (mask << 1u) | (mask >> 1u) | bits[low0] | bits[high0] | bits[low1] | bits[high1];
  if (word > 0u) { wanted |= bits[i - 1u] >> 31u; }
  if (word + 1u < words) { wanted |= bits[i + 1u] << 31u; }
  wanted &= 0xffffffffu >> (32u - min(32u, length - 32u * word));
  if (wanted == 0u) { return; }

  let step1 = vec3u(max(i1, 1u) - 1u, i1, min(i1 + 1u, d1 - 1u)) * length;
  let plane_size = d1 * length;
  let lines = Lines(
    (max(i0, 1u) - 1u) * plane_size + step1,
    i0 * plane_size + step1,
    min(i0 + 1u, sizes.d0 - 1u) * plane_size + step1,
  );
  let first = line * length;
  let scale = sizes.scale;
  var before = Plane(0.0, 0.0, 0.0);
  var here = before;
  var last = 0xfffffff0u; // where the walk is
  while (wanted != 0u) {
    let position = 32u * word + firstTrailingBit(wanted);
    wanted &= wanted - 1u;
    let after = plane(lines, min(position + 1u, length - 1u));
    if (last + 1u != position) {
      before = plane(lines, max(position, 1u) - 1u);
      here = plane(lines, position);
    }
    let g0 = before.step0 + 2.0 * here.step0 + after.step0;
    let g1 = before.step1 + 2.0 * here.step1 + after.step1;
    let g2 = before.even - after.even;
    y[first + position] = scale * sqrt(fma(g0, g0, fma(g1, g1, g2 * g2)));
    before = here;
    here = after;
    last = position;
  }
}
