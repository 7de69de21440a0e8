// ∂loss/∂μ = −(target − μ) / exp(s), ∂loss/∂s = ½ (1 − (target − μ)² / exp(s)), each times gy.
//
//   output   [n, 2]  (μ, s = log σ²) of each sample
//   target   [n]
//   gy       [n]     gradient put into the losses
//   goutput  [n, 2]  gradient of the output
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> output: array<f32>;
@group(0) @binding(1) var<storage, read> target_value: array<f32>;
@group(0) @binding(2) var<storage, read> gy: array<f32>;
@group(0) @binding(3) var<storage, read_write> goutput: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// exp(x) that keeps NaN, which is told by its bits.
fn raised(x: f32) -> f32 {
  return select(exp(x), x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  let error = target_value[i] - output[2u * i];
  let inverse_variance = raised(-output[2u * i + 1u]);
  goutput[2u * i] = -gy[i] * error * inverse_variance;
  goutput[2u * i + 1u] = 0.5 * gy[i] * (1.0 - error * error * inverse_variance);
}
