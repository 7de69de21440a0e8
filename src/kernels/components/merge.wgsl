// Joins the components of voxels that touch, across lines: union–find on runs, where a component's root is its first
// voxel in raster order.
//
//   bits    [d0 · d1, words]      the mask
//   starts  [d0 · d1, words]      voxels that begin a run
//   values  [d0, d1, d2]          with VALUED: only voxels of equal value are joined (else anything may be bound)
//   parent  [d0, d1, d2]          at starts: a voxel of the same component further ahead, or itself
//
// CONNECTIVITY 1 joins across faces, 2 also edges, 3 also corners. One invocation a word compares its line with the up to
// four neighbouring lines ahead of it, 32 voxels at once. Only where a run begins in either line can a touch be a new one.
// A root is only ever hung below a smaller one (atomicMin), so whatever the timing each tree ends with the same root.
struct Sizes { d0: u32, d1: u32, d2: u32 }

@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> parent: array<atomic<u32>>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn root(start: u32) -> u32 {
  var at = start;
  loop {
    let up = atomicLoad(&parent[at]);
    if (up == at) { break; }
    at = up;
  }
  return at;
}

fn join(first: u32, second: u32) {
  var a = first;
  var b = second;
  loop {
    a = root(a);
    b = root(b);
    if (a == b) { return; }
    let high = max(a, b);
    let low = min(a, b);
    let before = atomicMin(&parent[high], low);
    if (before == high) { return; }
    // someone else hung it up meanwhile: what it hung below joins as well
    a = before;
    b = low;
  }
}

// Joins what touches between 32 voxels of a line and another line, up to `reach` voxels askew.
fn join_lines(line: u32, other: u32, word: u32, mask: u32, begins: u32, reach: i32) {
  let length = sizes.d2;
  let words = (length + 31u) / 32u;
  let theirs = other * words;
  let has_before = reach > 0 && word > 0u;
  let has_after = reach > 0 && word + 1u < words;
  let there_begins = starts[theirs + word];
  var before_begins = 0u;
  var after_begins = 0u;
  if (has_before) { before_begins = starts[theirs + word - 1u] >> 31u; }
  if (has_after) { after_begins = starts[theirs + word + 1u] << 31u; }
  if ((begins | there_begins | before_begins | after_begins) == 0u) { return; }
  let there = bits[theirs + word];
  var before = 0u;
  var after = 0u;
  if (has_before) { before = bits[theirs + word - 1u] >> 31u; }
  if (has_after) { after = bits[theirs + word + 1u] << 31u; }
  for (var shift = -reach; shift <= reach; shift++) {
    // bit k: the other line's voxel k + shift
    var opposite = there;
    var opposite_begins = there_begins;
    if (shift < 0) { opposite = (there << 1u) | before; opposite_begins = (there_begins << 1u) | before_begins; }
    if (shift > 0) { opposite = (there >> 1u) | after; opposite_begins = (there_begins >> 1u) | after_begins; }
    var touch = mask & opposite & (begins | opposite_begins);
    if (VALUED == 0 && shift != 0) { touch &= ~there; } // the voxel between them joins them
    while (touch != 0u) {
      let position = 32u * word + firstTrailingBit(touch);
      let across = u32(i32(position) + shift);
      touch &= touch - 1u;
      if (VALUED == 1 && values[line * length + position] != values[other * length + across]) { continue; }
      join(run_start(line * words, line * length, position), run_start(theirs, other * length, across));
    }
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let words = (sizes.d2 + 31u) / 32u;
  let word = group.y;
  let line = (group.z * groups.x + group.x) * 64u + local;
  if (line >= sizes.d0 * sizes.d1) { return; }
  let i = line * words + word;
  let mask = bits[i];
  if (mask == 0u) { return; }
  let begins = starts[i];
  let d1 = sizes.d1;
  let i1 = line % d1;
  // Lines ahead: 0 beside, 1 above, 2 and 3 across an edge. Within a line no two runs touch but those of different values.
  for (var k = 0u; k < select(2u, 4u, CONNECTIVITY > 1); k++) {
    let low1 = k == 0u || k == 2u;
    let exists = (!low1 || i1 > 0u) && (k == 0u || line >= d1) && (k < 3u || i1 + 1u < d1);
    if (!exists) { continue; }
    let other = line - select(d1, 0u, k == 0u) - u32(low1) + u32(k == 3u);
    let reach = select(CONNECTIVITY - 1, CONNECTIVITY - 2, k > 1u);
    join_lines(line, other, word, mask, begins, min(reach, 1));
  }
}
