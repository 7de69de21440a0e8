// y = f(a, b), element by element, either operand repeated along axes where its stride is 0; `fn f` is put ahead.
//
//   a  [outer, size3, size2, size1, size0] or smaller  first operand
//   b  likewise                                        second operand
//   y  [outer, size3, size2, size1, size0]             output
//
// RANK axes are in use: the outer one and the RANK − 1 innermost. Neighbouring axes that are repeated alike were merged,
// so equal shapes and scalars come here with RANK 1 and cost no division. Bound by memory traffic.
struct Sizes {
  n: u32,
  size0: u32, size1: u32, size2: u32, size3: u32,
  a0: u32, a1: u32, a2: u32, a3: u32, a_outer: u32,
  b0: u32, b1: u32, b2: u32, b3: u32, b_outer: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Scalar>;
@group(0) @binding(1) var<storage, read> b: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + local;
  if (i >= sizes.n) { return; }
  var rest = i;
  var ia = 0u;
  var ib = 0u;
  if (RANK > 1) { let k = rest % sizes.size0; rest /= sizes.size0; ia += k * sizes.a0; ib += k * sizes.b0; }
  if (RANK > 2) { let k = rest % sizes.size1; rest /= sizes.size1; ia += k * sizes.a1; ib += k * sizes.b1; }
  if (RANK > 3) { let k = rest % sizes.size2; rest /= sizes.size2; ia += k * sizes.a2; ib += k * sizes.b2; }
  if (RANK > 4) { let k = rest % sizes.size3; rest /= sizes.size3; ia += k * sizes.a3; ib += k * sizes.b3; }
  ia += rest * sizes.a_outer;
  ib += rest * sizes.b_outer;
  y[i] = Scalar(f(f32(a[ia]), f32(b[ib])));
}
