// gx = gy · f'(x), element by element; `fn derivative` of input and output is put ahead of this file (table in unary.ts).
//
//   x   [n]  input of the forward pass
//   y   [n]  output of the forward pass
//   gy  [n]  gradient put into the output
//   gx  [n]  gradient of the input
//
// Both x and y are at hand, so that each derivative is written in its cheapest and most exact form. An invocation takes
// TURNS vec4s.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read> y: array<vec4<Scalar>>;
@group(0) @binding(2) var<storage, read> gy: array<vec4<Scalar>>;
@group(0) @binding(3) var<storage, read_write> gx: array<vec4<Scalar>>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    gx[i] = vec4<Scalar>(vec4<f32>(gy[i]) * derivative(vec4<f32>(x[i]), vec4<f32>(y[i])));
  }
}
