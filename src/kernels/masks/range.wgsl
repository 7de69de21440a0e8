// range[m] = (least, greatest) value of map m over the pixels of the picture (enlarged.wgsl, put ahead).
//
//   maps    [maps, map_height, map_width]  features of a layer
//   places  [height + width]               where each row and column of the picture lies in a map, and the share of the next
//   range   [maps]                         least and greatest value of the enlarged map
//
// One workgroup a map: an enlarged map is never stored. Extremes do not depend on the order in which they are found. On
// lavapipe it takes half the time of apply.wgsl for as many maps, bound by the fetching of values alike.
struct Sizes { maps: u32, height: u32, width: u32, map_height: u32, map_width: u32 }

@group(0) @binding(0) var<storage, read> maps: array<Scalar>;
@group(0) @binding(1) var<storage, read> places: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> range: array<vec2f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

const THREADS = 128u;
var<workgroup> found: array<vec2f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let map = group.y * groups.x + group.x;
  if (map >= sizes.maps) { return; }
  var extremes = vec2f(enlarged(map, 0u));
  for (var pixel = local; pixel < sizes.height * sizes.width; pixel += THREADS) {
    let value = enlarged(map, pixel);
    extremes = vec2f(min(extremes.x, value), max(extremes.y, value));
  }
  found[local] = extremes;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      let other = found[local + half];
      found[local] = vec2f(min(found[local].x, other.x), max(found[local].y, other.y));
    }
  }
  if (local == 0u) { range[map] = found[0]; }
}
