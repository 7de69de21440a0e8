// Gradients of forward.wgsl with v = max(variance, eps): (input − target) / v for the input, its negative for the target,
// ½ (1 − (input − target)² / v) / v for the variance; as in PyTorch the clamp lets the variance's gradient through.
//
//   input, target_value, variance  [n]
//   gy                             [n]  gradient put into the losses
//   ginput, gtarget, gvariance     [n]
struct Sizes { n: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> target_value: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read> gy: array<f32>;
@group(0) @binding(4) var<storage, read_write> ginput: array<f32>;
@group(0) @binding(5) var<storage, read_write> gtarget: array<f32>;
@group(0) @binding(6) var<storage, read_write> gvariance: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  let v = max(variance[i], f32(sizes.eps));
  let error = input[i] - target_value[i];
  let g = gy[i] * error / v;
  ginput[i] = g;
  gtarget[i] = -g;
  gvariance[i] = gy[i] * 0.5 * (1.0 - error * error / v) / v;
}
