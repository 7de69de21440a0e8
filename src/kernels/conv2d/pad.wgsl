// padded[plane,h,w] = x[plane, h − before_h, w − before_w] where that lies inside, else 0.
//
//   x       [planes, x_height, x_width]
//   padded  [planes, height, fours · 4]
//
// One invocation four neighbours of a row, so that the divisions serve all four. Bound by memory traffic.
struct Sizes {
  planes: u32, x_height: u32, x_width: u32, height: u32, fours: u32, before_h: u32, before_w: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> padded: array<vec4<Scalar>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  let row = i / sizes.fours;
  let plane = row / sizes.height;
  if (plane >= sizes.planes) { return; }
  // Unsigned numbers wrap, so what lies before the picture is beyond its end.
  let h = row - plane * sizes.height - sizes.before_h;
  let w = vec4u((i - row * sizes.fours) * 4u - sizes.before_w) + vec4u(0u, 1u, 2u, 3u);
  let inside = (w < vec4u(sizes.x_width)) & vec4<bool>(h < sizes.x_height);
  let at = select(vec4u(), (plane * sizes.x_height + h) * sizes.x_width + w, inside);
  padded[i] = select(vec4<Scalar>(), vec4<Scalar>(x[at.x], x[at.y], x[at.z], x[at.w]), inside);
}
