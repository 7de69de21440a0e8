// Gradients of forward.wgsl with v = max(variance, eps): (input − target) / v for the input, its negative for the target,
// ½ (1 − (input − target)² / v) / v for the variance; as in PyTorch the clamp lets the variance's gradient through.
//
//   input, target_value, variance  [n]
//   gy                             [n]  gradient put into the losses
//   ginput, gtarget, gvariance     [n]
//
// An invocation takes TURNS vec4s; bound by memory traffic.
struct Sizes { n: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read> target_value: array<vec4f>;
@group(0) @binding(2) var<storage, read> variance: array<vec4f>;
@group(0) @binding(3) var<storage, read> gy: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> ginput: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> gtarget: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gvariance: array<vec4f>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

// max(variance, eps) that keeps NaN, which is told by its bits.
fn clamped(v: vec4f) -> vec4f {
  return select(max(v, vec4f(sizes.eps)), v, (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    let v = clamped(variance[i]);
    let error = input[i] - target_value[i];
    let g = gy[i] * error / v;
    ginput[i] = g;
    gtarget[i] = -g;
    gvariance[i] = gy[i] * 0.5 * (1.0 - error * error / v) / v;
  }
}
