// distance(v) ← step(v) + min of distance(u) over neighbours u of the same level, for flat voxels, towards the fixed point:
// how far, on one level, a voxel is from where the flood enters it.
//
//   elevation [d0, d1, d2]
//   level     [d0, d1, d2]
//   flat      [lines, words]  bits
//   distance  [d0, d1, d2]    0 where not flat; 2³² − 1 before a way is found
//   waiting   [lines, chunks] words of a line with a neighbour that has changed
//   progress  [rounds]        set to 1 at `round` when a distance has shrunk
//
// A priority flood comes to voxels of equal elevation in the order in which they were met, but runs at once through those
// below the level it stands at: a step onto the former counts 1,024, onto the latter 1. Lines of one colour, swept forth
// and back, as in flood.wgsl.
struct Sizes { d0: u32, d1: u32, d2: u32, colour: u32, round: u32 }

@group(0) @binding(0) var<storage, read> elevation: array<u32>;
@group(0) @binding(1) var<storage, read> level: array<u32>;
@group(0) @binding(2) var<storage, read> flat: array<u32>;
@group(0) @binding(3) var<storage, read_write> distance: array<u32>;
@group(0) @binding(4) var<storage, read_write> waiting: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> progress: array<atomic<u32>>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

const NONE = 0xffffffffu;

fn at_level(voxel: u32, own: u32) -> u32 {
  return select(NONE, distance[voxel], level[voxel] == own);
}

fn least_of_four(lines: vec4u, position: u32, own: u32) -> u32 {
  let first = min(at_level(lines.x + position, own), at_level(lines.y + position, own));
  return min(first, min(at_level(lines.z + position, own), at_level(lines.w + position, own)));
}

// A distance and the step onto a voxel, never as far as NONE.
fn farther(least: u32, voxel: u32, own: u32) -> u32 {
  return least + min(NONE - 1u - least, select(1u, 1024u, ordered(elevation[voxel]) == own));
}

// Least distance beside the line at a position.
fn least_beside(beside: Beside, position: u32, own: u32) -> u32 {
  var least = least_of_four(beside.faces, position, own);
  if (CONNECTIVITY > 1) {
    let before = max(position, 1u) - 1u;
    let after = min(position + 1u, sizes.d2 - 1u);
    least = min(least, min(least_of_four(beside.faces, before, own), least_of_four(beside.faces, after, own)));
    least = min(least, least_of_four(beside.edges, position, own));
    if (CONNECTIVITY > 2) {
      least = min(least, min(least_of_four(beside.edges, before, own), least_of_four(beside.edges, after, own)));
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
    var left = flat[line * words + word];
    while (left != 0u) {
      let bit = firstTrailingBit(left);
      left &= left - 1u;
      let position = 32u * word + bit;
      let voxel = first + position;
      let own = level[voxel];
      let least = min(least_beside(beside, position, own), at_level(voxel - select(0u, 1u, position > 0u), own));
      if (least == NONE) { continue; }
      let now = farther(least, voxel, own);
      if (now < distance[voxel]) {
        distance[voxel] = now;
        changed |= 1u << w;
        if (bit == 31u && w < 31u) { look |= 2u << w; }
        if (bit == 0u && w > 0u) { look |= (1u << w) >> 1u; }
      }
    }
  }
  for (var step = 0u; step < 32u; step++) {
    let w = 31u - step;
    if (((look >> w) & 1u) == 0u) { continue; }
    let word = 32u * at.chunk + w;
    if (word >= words) { continue; }
    var left = flat[line * words + word];
    while (left != 0u) {
      let bit = firstLeadingBit(left);
      left &= ~(1u << bit);
      let position = 32u * word + bit;
      let voxel = first + position;
      let own = level[voxel];
      let least = at_level(voxel + select(0u, 1u, position + 1u < length), own);
      if (least == NONE) { continue; }
      let now = farther(least, voxel, own);
      if (now < distance[voxel]) {
        distance[voxel] = now;
        changed |= 1u << w;
        if (bit == 0u && w > 0u) { look |= (1u << w) >> 1u; }
      }
    }
  }
  if (changed != 0u) {
    notify(at, chunks, changed);
    atomicStore(&progress[sizes.round], 1u);
  }
}
