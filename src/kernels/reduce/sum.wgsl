// y[o, s, i] = scale · Σ_j x[o, s + j · segments, i]: sums along the middle axis, cut into interleaved segments.
//
//   x  [outer, n, inner]         input
//   y  [outer, segments, inner]  one sum a segment
//
// One invocation a segment of at most 64 terms, added in blocks of eight, so rounding errors grow like those of pairwise
// summation; the caller repeats until one segment is left. Neighbouring invocations read neighbouring elements, there is no
// barrier and no shared memory: each pass runs at the speed of memory.
struct Sizes { outputs: u32, n: u32, segments: u32, inner: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Output>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

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
  let base = o * sizes.n * sizes.inner + i;
  let step = 8u * sizes.segments;
  var total = f32(0);
  for (var start = segment; start < sizes.n; start += step) {
    var block = f32(0);
    for (var k = start; k < min(start + step, sizes.n); k += sizes.segments) {
      block += f32(x[base + k * sizes.inner]);
    }
    total += block;
  }
  y[output] = Output(total * sizes.scale);
}
