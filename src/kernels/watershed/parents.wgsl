// The voxel from which the flood enters each open voxel. Where a neighbour is lower (its level is below the voxel's, which
// then is at its own elevation) it is the lowest one. Other voxels are flat: they lie behind a pass, or the elevation has
// ties; the flood comes from a neighbour of the same level, the one fewest steps from where the flood enters that level.
//
//   PASS 0: parents of voxels with a lower neighbour; marks the others in `flat` with a distance of 2³² − 1
//   PASS 1: parents of the flat ones, once their distances are known
//
//   level     [d0, d1, d2]    the fixed point of flood.wgsl
//   open      [lines, words]  bits
//   distance  [d0, d1, d2]    steps, 0 where the voxel is not flat
//   flat      [lines, words]  bits; zeros before PASS 0
//   parent    [d0, d1, d2]    at open voxels: an index, with the highest bit set where the flood begins there (a marker);
//                             2³² − 1 where no flood comes
//   waiting   [lines, chunks] zeros before PASS 0: words with flat voxels
//
// Of equal neighbours the first in raster order is taken. One invocation a word.
struct Sizes { d0: u32, d1: u32, d2: u32 }

@group(0) @binding(0) var<storage, read> level: array<u32>;
@group(0) @binding(1) var<storage, read> open: array<u32>;
@group(0) @binding(2) var<storage, read_write> distance: array<u32>;
@group(0) @binding(3) var<storage, read_write> flat: array<u32>;
@group(0) @binding(4) var<storage, read_write> parent: array<u32>;
@group(0) @binding(5) var<storage, read_write> waiting: array<atomic<u32>>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

const NONE = 0xffffffffu;

struct Source { voxel: u32, measure: u32 }

fn nearer(best: Source, voxel: u32, own: u32) -> Source {
  var measure = level[voxel];
  if (PASS == 1) { measure = select(NONE, distance[voxel], measure == own); }
  if (measure < best.measure) { return Source(voxel, measure); }
  return best;
}

// The neighbour of least level (PASS 0), or of the same level and least distance (PASS 1), in raster order.
fn source_of(i0: u32, i1: u32, position: u32, voxel: u32, own: u32) -> Source {
  let length = sizes.d2;
  let plane = sizes.d1 * length;
  var best = Source(0u, NONE);
  if (CONNECTIVITY == 1) {
    if (i0 > 0u) { best = nearer(best, voxel - plane, own); }
    if (i1 > 0u) { best = nearer(best, voxel - length, own); }
    if (position > 0u) { best = nearer(best, voxel - 1u, own); }
    if (position + 1u < length) { best = nearer(best, voxel + 1u, own); }
    if (i1 + 1u < sizes.d1) { best = nearer(best, voxel + length, own); }
    if (i0 + 1u < sizes.d0) { best = nearer(best, voxel + plane, own); }
    return best;
  }
  for (var k = 0u; k < 9u; k++) {
    let apart = u32(k / 3u != 1u) + u32(k % 3u != 1u);
    let j0 = i0 + k / 3u;
    let j1 = i1 + k % 3u;
    if (apart > u32(CONNECTIVITY) || j0 < 1u || j0 > sizes.d0 || j1 < 1u || j1 > sizes.d1) { continue; }
    let first = (j0 - 1u) * plane + (j1 - 1u) * length;
    let reach = u32(apart < u32(CONNECTIVITY));
    for (var z = max(position, reach) - reach; z <= min(position + reach, length - 1u); z++) {
      if (first + z != voxel) { best = nearer(best, first + z, own); }
    }
  }
  return best;
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
  var left = 0u;
  if (PASS == 0) { left = open[i]; } else { left = flat[i]; }
  if (left == 0u) { return; }
  let i0 = line / sizes.d1;
  let i1 = line - i0 * sizes.d1;
  var stays_flat = 0u;
  while (left != 0u) {
    let bit = firstTrailingBit(left);
    left &= left - 1u;
    let position = 32u * word + bit;
    let voxel = line * length + position;
    let own = level[voxel];
    let source = source_of(i0, i1, position, voxel, own);
    if (own == NONE) {
      parent[voxel] = NONE;
    } else if (PASS == 0 && source.measure >= own) {
      stays_flat |= 1u << bit;
      distance[voxel] = NONE;
    } else {
      let source_line = source.voxel / length;
      let source_position = source.voxel - source_line * length;
      let is_open = (open[source_line * words + source_position / 32u] >> (source_position % 32u)) & 1u;
      parent[voxel] = source.voxel | select(0x80000000u, 0u, is_open == 1u);
    }
  }
  if (PASS == 0 && stays_flat != 0u) {
    flat[i] = stays_flat;
    let chunks = (words + 31u) / 32u;
    atomicOr(&waiting[line * chunks + word / 32u], 1u << (word % 32u));
  }
}
