// The statistics that evaluation uses, in the form in which training leaves them.
//
//   running_mean, running_var  [channels]
//   statistics                 [2, channels]  mean; 1 / √(variance + eps)
struct Sizes { channels: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> running_mean: array<Scalar>;
@group(0) @binding(1) var<storage, read> running_var: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> statistics: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  if (channel >= sizes.channels) { return; }
  statistics[channel] = running_mean[channel];
  statistics[sizes.channels + channel] = 1 / sqrt(running_var[channel] + Scalar(sizes.eps));
}
