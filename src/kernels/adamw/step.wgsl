// One AdamW update (Loshchilov and Hutter 2019), in place, in the order of torch.optim.AdamW:
//
//   grad       *= clip
//   param      *= 1 − rate · weight decay                                       decay
//   average     = beta1 · average + (1 − beta1) · grad
//   average_sq  = beta2 · average_sq + (1 − beta2) · grad²
//   param      −= step_size · average / (√average_sq / correction + eps)
//
//   param, grad, average, average_sq  [n]
//   scalars                           [4]  decay; step_size = rate / (1 − beta1ᵗ); correction = √(1 − beta2ᵗ); clip
//
// The scalars change from step to step, so they come in a buffer: a recorded step is replayed with new ones. One invocation
// a vec4, bound by memory traffic.
struct Sizes { n: u32, beta1: f32, one_minus_beta1: f32, beta2: f32, one_minus_beta2: f32, eps: f32 }

@group(0) @binding(0) var<storage, read> grad: array<vec4f>;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read_write> param: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> average_sq: array<vec4f>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (4u * i >= sizes.n) { return; }
  let g = grad[i] * scalars[3];
  let first = fma(vec4f(sizes.one_minus_beta1), g, sizes.beta1 * average[i]);
  let second = fma(sizes.one_minus_beta2 * g, g, sizes.beta2 * average_sq[i]);
  average[i] = first;
  average_sq[i] = second;
  let update = first / (sqrt(second) / scalars[2] + sizes.eps);
  param[i] = fma(vec4f(-scalars[1]), update, param[i] * scalars[0]);
}
