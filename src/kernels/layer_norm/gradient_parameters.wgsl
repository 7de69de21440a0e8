// gweight[s, k] = Σ gy · x̂ and gbias[s, k] = Σ gy over the lines s, s + segments, …: gradients of the parameters, which
// reduce.sum adds up over the segments.
//
//   x           [lines, n]         input of the forward pass
//   gy          [lines, n]         gradient put into the output
//   statistics  [lines, 3]         from the forward pass
//   gweight     [segments, n]
//   gbias       [segments, n]
//
// One invocation an element and a segment of at most 64 lines; neighbours read neighbouring elements. Bound by memory.
struct Sizes { lines: u32, n: u32, segments: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> gy: array<Scalar>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read_write> gweight: array<f32>;
@group(0) @binding(4) var<storage, read_write> gbias: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.segments * sizes.n) { return; }
  let k = i % sizes.n;
  var scaled = 0.0;
  var plain = 0.0;
  for (var line = i / sizes.n; line < sizes.lines; line += sizes.segments) {
    let at = line * sizes.n + k;
    let gradient = f32(gy[at]);
    let normal = (f32(x[at]) - statistics[3u * line] - statistics[3u * line + 1u]) * statistics[3u * line + 2u];
    scaled = fma(gradient, normal, scaled);
    plain += gradient;
  }
  gweight[i] = scaled;
  gbias[i] = plain;
}
