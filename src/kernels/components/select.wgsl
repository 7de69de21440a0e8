// y = the voxels of the components that are kept: those whose tally is at least `least` (KEEP 0) or the one whose root is
// best[1] (KEEP 1). INVERT gives all other voxels instead, those outside the mask as well.
//
//   bits    [lines, words]   the mask
//   starts  [lines, words]   voxels that begin a run
//   parent  [lines, length]  at starts: the component's root
//   tally   [lines, length]  at roots
//   best    [2]              with KEEP 1 (else anything may be bound)
//   y       [lines, words]
//
// One invocation a word, one look-up for each run in it.
struct Sizes { lines: u32, length: u32, least: u32 }

@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> parent: array<u32>;
@group(0) @binding(3) var<storage, read> tally: array<u32>;
@group(0) @binding(4) var<storage, read> best: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<u32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let length = sizes.length;
  let words = (length + 31u) / 32u;
  let word = group.y;
  let line = (group.z * groups.x + group.x) * 64u + local;
  if (line >= sizes.lines) { return; }
  let i = line * words + word;
  let begins = starts[i];
  var left = bits[i];
  var kept = 0u;
  while (left != 0u) {
    let bit = firstTrailingBit(left);
    let later = begins & ~((2u << bit) - 1u);
    let run = left & select((1u << firstTrailingBit(later)) - 1u, 0xffffffffu, later == 0u);
    left &= ~run;
    let root = parent[run_start(line * words, line * length, 32u * word + bit)];
    if (KEEP == 1) {
      if (root == best[1]) { kept |= run; }
    } else if (tally[root] >= sizes.least) {
      kept |= run;
    }
  }
  if (INVERT == 1) {
    let valid = 0xffffffffu >> (32u - min(32u, length - 32u * word));
    kept = ~kept & valid;
  }
  y[i] = kept;
}
