// tally(root) += what each of the component's voxels counts for: 1 for its size (BORDER 0), or 1 for a voxel on the
// volume's border (BORDER 1: of the last AXES axes).
//
//   bits    [d0 · d1, words]  the mask
//   starts  [d0 · d1, words]  voxels that begin a run
//   parent  [d0, d1, d2]      at starts: the component's root
//   tally   [d0, d1, d2]      at roots
//
// One invocation a word: one addition for each run in it. Integers, so the order of the additions does not show.
struct Sizes { d0: u32, d1: u32, d2: u32 }

@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> parent: array<u32>;
@group(0) @binding(3) var<storage, read_write> tally: array<atomic<u32>>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// The bits of a word that lie on the border.
fn border_bits(line: u32, word: u32, words: u32) -> u32 {
  let i0 = line / sizes.d1;
  let i1 = line % sizes.d1;
  let outer0 = AXES > 2 && (i0 == 0u || i0 == sizes.d0 - 1u);
  let outer1 = AXES > 1 && (i1 == 0u || i1 == sizes.d1 - 1u);
  if (outer0 || outer1) { return 0xffffffffu; }
  let first = select(0u, 1u, word == 0u);
  let last = select(0u, 1u << ((sizes.d2 - 1u) % 32u), word == words - 1u);
  return first | last;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let length = sizes.d2;
  let words = (length + 31u) / 32u;
  let word = group.y;
  let line = (group.z * groups.x + group.x) * 64u + local;
  if (line >= sizes.d0 * sizes.d1) { return; }
  let i = line * words + word;
  let begins = starts[i];
  var left = bits[i];
  if (BORDER == 1) { left &= border_bits(line, word, words); }
  while (left != 0u) {
    let bit = firstTrailingBit(left);
    // this run's voxels in the word: up to where the next one begins
    let later = begins & ~((2u << bit) - 1u);
    let run = left & select((1u << firstTrailingBit(later)) - 1u, 0xffffffffu, later == 0u);
    left &= ~run;
    let start = run_start(line * words, line * length, 32u * word + bit);
    atomicAdd(&tally[parent[start]], countOneBits(run));
  }
}
