// x[k] ← before[k / 64] + Σ of the x ahead of k in its 64: the way down of a prefix sum.
//
//   before  [⌈n / 64⌉]  what comes before each 64 numbers
//   x       [n]
//
// An invocation handles 64 numbers one after the other.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> before: array<u32>;
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let n = sizes.n;
  if (i >= (n + 63u) / 64u) { return; }
  var total = before[i];
  for (var k = 64u * i; k < min(64u * i + 64u, n); k++) {
    let value = x[k];
    x[k] = total;
    total += value;
  }
}
