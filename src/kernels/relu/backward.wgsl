// gx = gy where y is not 0, else 0: the gradient of y = max(x, 0). Where y is NaN it passes, as in PyTorch.
//
//   y   [n]  output of the forward pass, never below 0 nor −0
//   gy  [n]  gradient put into the output
//   gx  [n]  gradient of the input
//
// An invocation takes TURNS vec4s; bound by memory traffic. The output is read rather than the input, so a fused forward
// pass need not keep its input.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> y: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read> gy: array<vec4<Scalar>>;
@group(0) @binding(2) var<storage, read_write> gx: array<vec4<Scalar>>;
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
    gx[i] = select(gy[i], vec4<Scalar>(), bitcast<vec4u>(vec4f(y[i])) == vec4u());
  }
}
