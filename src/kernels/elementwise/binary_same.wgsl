// y = f(a, b), element by element, for operands of one shape; `fn f` of vec4s is put ahead of this file.
//
//   a  [n]  first operand
//   b  [n]  second operand
//   y  [n]  output
//
// An invocation takes TURNS vec4s; bound by memory traffic. The way of residual sums; binary.wgsl serves all other shapes.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> a: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<Scalar>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    y[i] = vec4<Scalar>(f(vec4<f32>(a[i]), vec4<f32>(b[i])));
  }
}
