// y[i] = (least, greatest) of x[64 i … 64 i + 63]: one level of a reduction.
//
//   x  [n] float32 (FIRST 1), or [n] pairs of least and greatest (FIRST 0)
//   y  [⌈n / 64⌉] pairs
//
// An invocation takes 64 values one after the other: three levels for a picture of 224 × 224, without barriers.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec2f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn pair(i: u32) -> vec2f {
  if (FIRST == 1) { return vec2f(x[i]); }
  return vec2f(x[2u * i], x[2u * i + 1u]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let n = sizes.n;
  if (i >= (n + 63u) / 64u) { return; }
  var result = pair(64u * i);
  for (var k = 64u * i + 1u; k < min(64u * i + 64u, n); k++) {
    let next = pair(k);
    result = vec2f(min(result.x, next.x), max(result.y, next.y));
  }
  y[i] = result;
}
