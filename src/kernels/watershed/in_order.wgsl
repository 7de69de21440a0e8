// Watershed as a priority flood does it, voxel after voxel: from the lowest one reached, of equal ones that which was reached
// first, to its neighbours without a label; faces come before edges and these before corners, in pictures each in raster
// order, in volumes of connectivity 2 and 3 as NumPy's sort by distance, which is not stable, leaves them for scikit-image.
//
//   elevation  [d0, d1, d2]  float32
//   markers    [d0, d1, d2]  32-bit integers, 0 for none
//   mask       [d0, d1, d2]  with MASKED: 0 where nothing is flooded (else anything may be bound)
//   heap       [d0, d1, d2]  voxels reached, a binary heap
//   age        [d0, d1, d2]  when each was reached
//   y          [d0, d1, d2]  labels
//
// One invocation does it all: only an order decides between ties, and markers of one elevation, which are all reached at
// once, leave a binary heap in the order in which its sifting has them. For pictures and volumes so small that it takes a
// fraction of a second; watershed.ts has the parallel way for the others.
struct Sizes { d0: u32, d1: u32, d2: u32, connectivity: i32 }

@group(0) @binding(0) var<storage, read> elevation: array<f32>;
@group(0) @binding(1) var<storage, read> markers: array<u32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> heap: array<u32>;
@group(0) @binding(4) var<storage, read_write> age: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<u32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<private> waiting: u32; // voxels in the heap
var<private> time: u32;

fn precedes(a: u32, b: u32) -> bool {
  let left = elevation[a];
  let right = elevation[b];
  return left < right || (left == right && age[a] < age[b]);
}

fn push(voxel: u32) {
  var i = waiting;
  waiting++;
  while (i > 0u) {
    let parent = (i - 1u) / 2u;
    let above = heap[parent];
    if (!precedes(voxel, above)) { break; }
    heap[i] = above;
    i = parent;
  }
  heap[i] = voxel;
}

fn pop() -> u32 {
  let first = heap[0];
  waiting--;
  let last = heap[waiting];
  var i = 0u;
  loop {
    let left = 2u * i + 1u;
    if (left >= waiting) { break; }
    var least = last;
    var to = i;
    let below = heap[left];
    if (precedes(below, last)) { least = below; to = left; }
    if (left + 1u < waiting) {
      let beside = heap[left + 1u];
      if (precedes(beside, least)) { least = beside; to = left + 1u; }
    }
    if (to == i) { break; }
    heap[i] = least;
    i = to;
  }
  heap[i] = last;
  return first;
}

fn is_inside(voxel: u32) -> bool {
  if (MASKED == 1) { return mask[voxel] != 0u; }
  return true;
}

fn reach(at: vec3i, label: u32) {
  let size = vec3i(vec3u(sizes.d0, sizes.d1, sizes.d2));
  if (any(at < vec3i()) || any(at >= size)) { return; }
  let voxel = u32((at.x * size.y + at.y) * size.z + at.z);
  if (y[voxel] != 0u || !is_inside(voxel)) { return; }
  y[voxel] = label;
  time++;
  age[voxel] = time;
  push(voxel);
}

// Neighbours of a voxel by number, 13 being the voxel itself.
const EDGES = array<u32, 18>(22, 4, 10, 16, 12, 14, 21, 19, 17, 15, 1, 11, 9, 7, 5, 3, 23, 25);
const CORNERS = array<u32, 26>(
  16, 4, 14, 12, 22, 10, 17, 15, 25, 11, 9, 7, 23, 5, 3, 1, 21, 19,
  24, 0, 18, 8, 6, 2, 20, 26,
);

fn offset(number: u32) -> vec3i {
  return vec3i(vec3u(number / 9u, number / 3u % 3u, number % 3u)) - 1;
}

fn flood_from(voxel: u32) {
  let at = vec3i(vec3u(voxel / (sizes.d1 * sizes.d2), voxel / sizes.d2 % sizes.d1, voxel % sizes.d2));
  let label = y[voxel];
  if (sizes.d0 > 1u && sizes.connectivity == 2) {
    var neighbours = EDGES;
    for (var i = 0u; i < 18u; i++) { reach(at + offset(neighbours[i]), label); }
    return;
  }
  if (sizes.d0 > 1u && sizes.connectivity == 3) {
    var neighbours = CORNERS;
    for (var i = 0u; i < 26u; i++) { reach(at + offset(neighbours[i]), label); }
    return;
  }
  for (var apart = 1; apart <= sizes.connectivity; apart++) {
    for (var i = -1; i <= 1; i++) {
      for (var j = -1; j <= 1; j++) {
        for (var k = -1; k <= 1; k++) {
          if (abs(i) + abs(j) + abs(k) == apart) { reach(at + vec3i(i, j, k), label); }
        }
      }
    }
  }
}

@compute @workgroup_size(1)
fn main() {
  let n = sizes.d0 * sizes.d1 * sizes.d2;
  for (var voxel = 0u; voxel < n; voxel++) {
    let label = select(0u, markers[voxel], is_inside(voxel));
    y[voxel] = label;
    age[voxel] = 0u;
    if (label != 0u) { push(voxel); }
  }
  while (waiting > 0u) { flood_from(pop()); }
}
