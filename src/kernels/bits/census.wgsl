// counts += (voxels in a mask; those with i0 = 0; i0 = d0 − 1; i1 = 0; i1 = d1 − 1).
//
//   bits    [d0 · d1, words]
//   counts  [5]  added to
//
// One invocation a line. Integers, so the order of the additions does not show.
struct Sizes { d0: u32, d1: u32, d2: u32 }

@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read_write> counts: array<atomic<u32>, 5>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let line = (group.y * groups.x + group.x) * 64u + local;
  let d1 = sizes.d1;
  if (line >= sizes.d0 * d1) { return; }
  let words = (sizes.d2 + 31u) / 32u;
  var count = 0u;
  for (var i = line * words; i < (line + 1u) * words; i++) {
    count += countOneBits(bits[i]);
  }
  if (count == 0u) { return; }
  let i0 = line / d1;
  let i1 = line - i0 * d1;
  atomicAdd(&counts[0], count);
  if (i0 == 0u) { atomicAdd(&counts[1], count); }
  if (i0 == sizes.d0 - 1u) { atomicAdd(&counts[2], count); }
  if (i1 == 0u) { atomicAdd(&counts[3], count); }
  if (i1 == d1 - 1u) { atomicAdd(&counts[4], count); }
}
