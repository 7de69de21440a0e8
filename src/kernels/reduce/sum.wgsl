// y[o, s, i] = scale · Σ_j x[o, s + j · segments, i]: sums along the middle axis, cut into interleaved segments.
//
//   x  [outer, n, inner]         input, from element `skip` on
//   y  [outer, segments, inner]  one sum a segment, from element `first` on
//
// One invocation a segment of at most 64 terms, added in pairs, pairs of pairs, and so on; the caller repeats until one
// segment is left, so the whole is pairwise summation. Neighbouring invocations read neighbouring elements, there is no
// barrier and no shared memory: each pass runs at the speed of memory.
struct Sizes { outputs: u32, n: u32, segments: u32, inner: u32, skip: u32, first: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Output>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// The sum of terms k and k + segments of the line that begins at `base`.
fn pair(base: u32, k: u32) -> f32 {
  let next = k + sizes.segments;
  if (next < sizes.n) { return f32(x[base + k * sizes.inner]) + f32(x[base + next * sizes.inner]); }
  if (k < sizes.n) { return f32(x[base + k * sizes.inner]); }
  return 0;
}

fn eight(base: u32, k: u32) -> f32 {
  let step = 2u * sizes.segments;
  let first = pair(base, k) + pair(base, k + step);
  return first + (pair(base, k + 2u * step) + pair(base, k + 3u * step));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.outputs) { return; }
  let i = output % sizes.inner;
  let segment = (output / sizes.inner) % sizes.segments;
  let o = output / (sizes.inner * sizes.segments);
  let base = sizes.skip + o * sizes.n * sizes.inner + i;
  let step = 8u * sizes.segments;
  var total = array<f32, 4>();
  for (var quarter = 0u; quarter < 4u; quarter++) {
    let k = segment + 2u * quarter * step;
    if (k >= sizes.n) { break; }
    total[quarter] = eight(base, k) + eight(base, k + step);
  }
  y[sizes.first + output] = Output(((total[0] + total[1]) + (total[2] + total[3])) * sizes.scale);
}
