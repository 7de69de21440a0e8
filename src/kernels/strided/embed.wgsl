// y[o] = x[k], k_a = (o_a − start_a) / step_a, where that is an index of x along every axis, else `value`: a tensor set into
// a larger one, every step-th element, or cut by its borders. Padding, and the gradient of a slice.
//
//   x  [inner_outer, inner4, inner3, inner2, inner1, inner0]  source
//   y  [outer, size4, size3, size2, size1, size0]             result, in vec4s
//
// RANK axes are in use: the outer one and the RANK − 1 innermost; axes that x fills are merged with their neighbours by the
// host. A gather, so no element is written twice. One invocation writes a vec4: bound by memory traffic.
struct Sizes {
  n: u32, value: f32,
  size0: u32, size1: u32, size2: u32, size3: u32, size4: u32,
  inner0: u32, inner1: u32, inner2: u32, inner3: u32, inner4: u32, inner_outer: u32,
  start0: i32, start1: i32, start2: i32, start3: i32, start4: i32, start_outer: i32,
  step0: u32, step1: u32, step2: u32, step3: u32, step4: u32, step_outer: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

const OUTSIDE = 0xffffffffu;

// Place of index o of one axis added to the places of the axes within it, whose elements are `stride`.
fn along(at: u32, stride: u32, o: u32, start: i32, step: u32, inner: u32) -> u32 {
  let offset = bitcast<u32>(i32(o) - start); // huge where it is negative
  let k = offset / step;
  return select(OUTSIDE, at + k * stride, at != OUTSIDE && k < inner && k * step == offset);
}

fn element(i: u32) -> Scalar {
  if (i >= sizes.n) { return Scalar(0); }
  var rest = i;
  var at = 0u;
  var stride = 1u;
  if (RANK > 1) {
    at = along(at, stride, rest % sizes.size0, sizes.start0, sizes.step0, sizes.inner0);
    rest /= sizes.size0; stride *= sizes.inner0;
  }
  if (RANK > 2) {
    at = along(at, stride, rest % sizes.size1, sizes.start1, sizes.step1, sizes.inner1);
    rest /= sizes.size1; stride *= sizes.inner1;
  }
  if (RANK > 3) {
    at = along(at, stride, rest % sizes.size2, sizes.start2, sizes.step2, sizes.inner2);
    rest /= sizes.size2; stride *= sizes.inner2;
  }
  if (RANK > 4) {
    at = along(at, stride, rest % sizes.size3, sizes.start3, sizes.step3, sizes.inner3);
    rest /= sizes.size3; stride *= sizes.inner3;
  }
  if (RANK > 5) {
    at = along(at, stride, rest % sizes.size4, sizes.start4, sizes.step4, sizes.inner4);
    rest /= sizes.size4; stride *= sizes.inner4;
  }
  at = along(at, stride, rest, sizes.start_outer, sizes.step_outer, sizes.inner_outer);
  if (at == OUTSIDE) { return Scalar(sizes.value); }
  return x[at];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = 4u * ((group.y * groups.x + group.x) * 64u + local);
  if (i >= sizes.n) { return; }
  y[i / 4u] = vec4<Scalar>(element(i), element(i + 1u), element(i + 2u), element(i + 3u));
}
