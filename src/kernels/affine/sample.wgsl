// y(o) = Σ w · c(k): a spline with coefficients c read at the coordinate M · o + offset, for every output voxel o.
//
//   c       [c0, c1, c2]  samples (ORDER 0, 1) or spline coefficients (ORDER 3, with `padding` more on either side)
//   places  [3, o0 + o1 + o2]  what index o_a adds to the coordinate along axis r: whole part and 32-bit fraction
//   y       [o0, o1, o2]
//
// Coordinates are sums of three fixed-point numbers made on the host: exact to 2⁻³¹ voxels where float32 would be off by
// 3e-5 at coordinate 500. One this close to the volume's faces counts as inside; the host settles where float64 rounds it to
// (settle.wgsl). One invocation an output voxel; the loads of neighbours meet in the cache.
// BOUNDARY: 0 constant, 1 nearest, 2 mirror, 3 reflect.
struct Sizes {
  c0: u32, c1: u32, c2: u32,
  o0: u32, o1: u32, o2: u32,
  padding: i32,
  outside: f32,
}

@group(0) @binding(0) var<storage, read> c: array<f32>;
@group(0) @binding(1) var<storage, read> places: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

struct Place { whole: i32, fraction: u32 }

// A coordinate off a face by fewer units of 2⁻³² than this is on it.
const ON_FACE = 4u;

fn sum(a: Place, b: vec2u) -> Place {
  let fraction = a.fraction + b.y;
  return Place(a.whole + bitcast<i32>(b.x) + i32(fraction < b.y), fraction);
}

fn place_along(axis: u32, o: vec3u) -> Place {
  let row = axis * (sizes.o0 + sizes.o1 + sizes.o2);
  let first = sum(Place(0, 0u), places[row + o.x]);
  return sum(sum(first, places[row + sizes.o0 + o.y]), places[row + sizes.o0 + sizes.o1 + o.z]);
}

// The coefficient that stands for one beyond the ends; `size` counts them all.
fn fold(index: i32, size: i32) -> i32 {
  if (size == 1) { return 0; }
  if (BOUNDARY == 1) { return clamp(index, 0, size - 1); }
  let period = select(2 * size - 2, 2 * size, BOUNDARY == 3);
  let phase = ((index % period) + period) % period;
  if (phase < size) { return phase; }
  return select(period - phase, period - 1 - phase, BOUNDARY == 3);
}

// First coefficient read along an axis of `size` samples, and the weights of up to four from there.
struct Reading { start: i32, weights: vec4f, inside: bool }

fn reading(given: Place, size: i32) -> Reading {
  var place = given;
  let before = place.whole < 0;
  let beyond = place.whole >= size - 1;
  let on_face = (place.whole == -1 && place.fraction > 0u - ON_FACE) || (place.whole == size - 1 && place.fraction < ON_FACE);
  let inside = BOUNDARY != 0 || on_face || !(before || beyond);
  if (BOUNDARY == 0 && on_face) {
    if (before) { place = Place(0, 0u); }
    if (beyond) { place = Place(size - 1, 0u); }
  }
  if (BOUNDARY == 1) {
    let reach = sizes.padding;
    if (place.whole < -reach) { place = Place(-reach, 0u); }
    if (place.whole >= size - 1 + reach) { place = Place(size - 1 + reach, 0u); }
  }
  if (ORDER == 0) {
    return Reading(place.whole + i32(place.fraction >> 31u), vec4f(1.0, 0.0, 0.0, 0.0), inside);
  }
  let t = f32(place.fraction) * 0x1p-32f;
  let u = 1.0 - t;
  if (ORDER == 1) { return Reading(place.whole, vec4f(u, t, 0.0, 0.0), inside); }
  let inner = vec2f(t * t * (t - 2.0), u * u * (u - 2.0)) * 0.5 + vec2f(4.0 / 6.0);
  return Reading(place.whole - 1, vec4f(u * u * u / 6.0, inner.x, inner.y, t * t * t / 6.0), inside);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let plane = sizes.o1 * sizes.o2;
  if (i >= sizes.o0 * plane) { return; }
  let o = vec3u(i / plane, (i / sizes.o2) % sizes.o1, i % sizes.o2);
  let padding = sizes.padding;
  let size = vec3i(vec3u(sizes.c0, sizes.c1, sizes.c2));
  let r0 = reading(place_along(0u, o), size.x - 2 * padding);
  let r1 = reading(place_along(1u, o), size.y - 2 * padding);
  let r2 = reading(place_along(2u, o), size.z - 2 * padding);
  if (!(r0.inside && r1.inside && r2.inside)) {
    y[i] = sizes.outside;
    return;
  }
  var total = 0.0;
  for (var k0 = 0; k0 <= ORDER; k0++) {
    let plane0 = fold(r0.start + k0 + padding, size.x) * size.y;
    var sum0 = 0.0;
    for (var k1 = 0; k1 <= ORDER; k1++) {
      let line = (plane0 + fold(r1.start + k1 + padding, size.y)) * size.z;
      var sum1 = 0.0;
      for (var k2 = 0; k2 <= ORDER; k2++) {
        sum1 = fma(r2.weights[k2], c[line + fold(r2.start + k2 + padding, size.z)], sum1);
      }
      sum0 = fma(r1.weights[k1], sum1, sum0);
    }
    total = fma(r0.weights[k0], sum0, total);
  }
  y[i] = total;
}
