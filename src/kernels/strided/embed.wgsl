// y[o] = x[k], k_a = (o_a − start_a) / step_a, where that is an index of x along every axis, else `value`: a tensor set into
// a larger one, every step-th element, or cut by its borders. Padding, and the gradient of a slice.
//
//   x  [inner_outer, inner4, inner3, inner2, inner1, inner0]  source, behind `first` other elements
//   y  [outer, size4, size3, size2, size1, size0]             result, in vec4s
//
// RANK axes are in use beside the outer one, the innermost first; axes that x fills are merged with their neighbours by the
// host. A gather, so no element is written twice. One invocation writes a vec4, as in gather.wgsl: bound by memory traffic.
struct Sizes {
  n: u32, value: f32, first: u32,
  size0: u32, size1: u32, size2: u32, size3: u32, size4: u32,
  inner0: u32, inner1: u32, inner2: u32, inner3: u32, inner4: u32, inner_outer: u32,
  start0: i32, start1: i32, start2: i32, start3: i32, start4: i32, start_outer: i32,
  step0: u32, step1: u32, step2: u32, step3: u32, step4: u32, step_outer: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

const OUTSIDE = 0xffffffffu;

// Index of x along an axis for index o of y.
fn index_of(o: u32, start: i32, step: u32, inner: u32) -> u32 {
  let offset = bitcast<u32>(i32(o) - start); // huge where it is negative
  let k = offset / step;
  return select(OUTSIDE, k, k < inner && k * step == offset);
}

// A place in x and what an index along the next axis outwards counts.
struct Place { at: u32, stride: u32 }

fn along(place: Place, o: u32, start: i32, step: u32, inner: u32) -> Place {
  let k = index_of(o, start, step, inner);
  let outside = place.at == OUTSIDE || k == OUTSIDE;
  return Place(select(place.at + k * place.stride, OUTSIDE, outside), place.stride * inner);
}

// Place of the first element of x that lies on a line of y along the innermost axis; OUTSIDE where none does.
fn line_at(line: u32) -> u32 {
  var rest = line;
  var place = Place(sizes.first, sizes.inner0);
  if (RANK > 1) {
    place = along(place, rest % sizes.size1, sizes.start1, sizes.step1, sizes.inner1);
    rest /= sizes.size1;
  }
  if (RANK > 2) {
    place = along(place, rest % sizes.size2, sizes.start2, sizes.step2, sizes.inner2);
    rest /= sizes.size2;
  }
  if (RANK > 3) {
    place = along(place, rest % sizes.size3, sizes.start3, sizes.step3, sizes.inner3);
    rest /= sizes.size3;
  }
  if (RANK > 4) {
    place = along(place, rest % sizes.size4, sizes.start4, sizes.step4, sizes.inner4);
    rest /= sizes.size4;
  }
  return along(place, rest, sizes.start_outer, sizes.step_outer, sizes.inner_outer).at;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = 4u * ((group.y * groups.x + group.x) * 64u + local);
  if (first >= sizes.n) { return; }
  var line = first / sizes.size0;
  var place = first - line * sizes.size0;
  var at = line_at(line);
  var values: vec4<Scalar>;
  for (var k = 0u; k < min(4u, sizes.n - first); k++) {
    if (place == sizes.size0) {
      line++;
      place = 0u;
      at = line_at(line);
    }
    let index = index_of(place, sizes.start0, sizes.step0, sizes.inner0);
    if (at == OUTSIDE || index == OUTSIDE) {
      values[k] = Scalar(sizes.value);
    } else {
      values[k] = x[at + index];
    }
    place++;
  }
  y[first / 4u] = values;
}
