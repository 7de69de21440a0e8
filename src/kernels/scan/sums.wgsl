// sums[i] = Σ x[64 i … 64 i + 63]: the way up of a prefix sum.
//
//   x     [n]
//   sums  [⌈n / 64⌉]
//
// An invocation adds 64 numbers one after the other: three levels reach 16 million, without barriers.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;
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
  var total = 0u;
  for (var k = 64u * i; k < min(64u * i + 64u, n); k++) {
    total += x[k];
  }
  sums[i] = total;
}
