// loss = ½ (s + (target − μ)² / exp(s)): negative log likelihood of N(μ, exp s), without the constant ½ log 2π.
//
//   output  [n, 2]  (μ, s = log σ²) of each sample
//   target  [n]
//   loss    [n]
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> output: array<f32>;
@group(0) @binding(1) var<storage, read> target_value: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  let error = target_value[i] - output[2u * i];
  let s = output[2u * i + 1u];
  loss[i] = 0.5 * (s + error * error * exp(-s));
}
