// level(v) ← max(elevation(v), min over neighbours u of level(u)) for open voxels, towards the fixed point: the least height
// at which a flood from the markers reaches v.
//
//   elevation  [d0, d1, d2]    float32
//   unsettled  [lines, words]  bits of the open voxels whose level is not known to be final: it is at the voxel's elevation
//   level      [d0, d1, d2]    float32 as ordered integers, 2³² − 1 where no flood has come
//   waiting    [lines, chunks] words of a line (32 of them a chunk) with a neighbour that has changed
//   progress   [rounds]        set to 1 at `round` when a level has sunk
//
// An invocation owns a line of one colour and sweeps it forth and back in place: within the line that is the whole
// relaxation, since the way to a voxel runs along the line in one direction. Lines of a colour do not touch, so what one
// reads no other writes, and the result of every dispatch is fixed. Only voxels not yet settled in words that wait are
// looked at: after the first rounds the flood moves along thin fronts. Neighbours are read from memory: tiles in workgroup memory would take fewer
// rounds, but each barrier costs a software adapter as much as ten loads.
struct Sizes { d0: u32, d1: u32, d2: u32, colour: u32, round: u32 }

@group(0) @binding(0) var<storage, read> elevation: array<u32>;
@group(0) @binding(1) var<storage, read_write> unsettled: array<u32>;
@group(0) @binding(2) var<storage, read_write> level: array<u32>;
@group(0) @binding(3) var<storage, read_write> waiting: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> progress: array<atomic<u32>>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn least_of_four(lines: vec4u, position: u32) -> u32 {
  let first = min(level[lines.x + position], level[lines.y + position]);
  return min(first, min(level[lines.z + position], level[lines.w + position]));
}

// Least level beside the line at a position.
fn least_beside(beside: Beside, position: u32) -> u32 {
  var least = least_of_four(beside.faces, position);
  if (CONNECTIVITY > 1) {
    let before = max(position, 1u) - 1u;
    let after = min(position + 1u, sizes.d2 - 1u);
    least = min(least, min(least_of_four(beside.faces, before), least_of_four(beside.faces, after)));
    least = min(least, least_of_four(beside.edges, position));
    if (CONNECTIVITY > 2) {
      least = min(least, min(least_of_four(beside.edges, before), least_of_four(beside.edges, after)));
    }
  }
  return least;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) invocation: vec3u) {
  let length = sizes.d2;
  let words = (length + 31u) / 32u;
  let chunks = (words + 31u) / 32u;
  let at = chunk_at(invocation, chunks);
  if (!at.exists) { return; }
  let line = at.i0 * sizes.d1 + at.i1;
  var look = atomicLoad(&waiting[line * chunks + at.chunk]);
  if (look == 0u) { return; }
  atomicStore(&waiting[line * chunks + at.chunk], 0u);
  let beside = lines_beside(at.i0, at.i1);
  let first = line * length;
  var changed = 0u;

  for (var w = 0u; w < 32u; w++) {
    if (((look >> w) & 1u) == 0u) { continue; }
    let word = 32u * at.chunk + w;
    if (word >= words) { break; }
    let open = unsettled[line * words + word];
    var left = open;
    var settled = 0u;
    while (left != 0u) {
      let bit = firstTrailingBit(left);
      left &= left - 1u;
      let position = 32u * word + bit;
      let voxel = first + position;
      let floor = ordered(elevation[voxel]);
      let before = level[voxel - select(0u, 1u, position > 0u)];
      let risen = max(floor, min(before, least_beside(beside, position)));
      if (risen < level[voxel]) {
        level[voxel] = risen;
        settled |= u32(risen == floor) << bit;
        changed |= 1u << w;
        if (bit == 31u && w < 31u) { look |= 2u << w; }
        if (bit == 0u && w > 0u) { look |= (1u << w) >> 1u; }
      }
    }
    if (settled != 0u) { unsettled[line * words + word] = open & ~settled; }
  }
  for (var step = 0u; step < 32u; step++) {
    let w = 31u - step;
    if (((look >> w) & 1u) == 0u) { continue; }
    let word = 32u * at.chunk + w;
    if (word >= words) { continue; }
    let open = unsettled[line * words + word];
    var left = open;
    var settled = 0u;
    while (left != 0u) {
      let bit = firstLeadingBit(left);
      left &= ~(1u << bit);
      let position = 32u * word + bit;
      let voxel = first + position;
      let after = level[voxel + select(0u, 1u, position + 1u < length)];
      let now = level[voxel];
      if (after >= now) { continue; }
      let floor = ordered(elevation[voxel]);
      let risen = max(floor, after);
      if (risen < now) {
        level[voxel] = risen;
        settled |= u32(risen == floor) << bit;
        changed |= 1u << w;
        if (bit == 0u && w > 0u) { look |= (1u << w) >> 1u; }
      }
    }
    if (settled != 0u) { unsettled[line * words + word] = open & ~settled; }
  }
  if (changed != 0u) {
    notify(at, chunks, changed);
    atomicStore(&progress[sizes.round], 1u);
  }
}
