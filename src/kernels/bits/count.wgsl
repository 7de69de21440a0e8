// total += number of set bits.
//
//   bits   [words]
//   total  [1]  added to
//
// An invocation counts 64 words and adds once: integers, so the order of the additions does not show.
struct Sizes { words: u32 }

@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read_write> total: atomic<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let words = sizes.words;
  let first = ((group.y * groups.x + group.x) * 64u + local) * 64u;
  var count = 0u;
  for (var i = first; i < min(first + 64u, words); i++) {
    count += countOneBits(bits[i]);
  }
  if (count > 0u) { atomicAdd(&total, count); }
}
