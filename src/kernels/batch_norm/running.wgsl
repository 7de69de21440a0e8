// The statistics that evaluation uses, in the form in which training leaves them.
//
//   running_mean, running_var  [channels]
//   statistics                 [channels]  (mean, 0, 1 / √(variance + eps), 0)
struct Sizes { channels: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> running_mean: array<f32>;
@group(0) @binding(1) var<storage, read> running_var: array<f32>;
@group(0) @binding(2) var<storage, read_write> statistics: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  if (channel >= sizes.channels) { return; }
  statistics[channel] = vec4f(running_mean[channel], 0, 1 / sqrt(running_var[channel] + sizes.eps), 0);
}
