// One Adam update (Kingma and Ba 2015) with coupled or decoupled decay (Loshchilov and Hutter 2019), in place, in the
// order of torch.optim.Adam and AdamW:
//
//   g           = factor · sign · grad + coupled_decay · param
//   param      *= decay
//   average     = beta1 · average + (1 − beta1) · g
//   average_sq  = beta2 · average_sq + (1 − beta2) · g²
//   param      −= step_size · average / (√average_sq / correction + eps)
//
//   param, grad, average, average_sq  [n]
//   scalars  factor (of all gradients: clipping), their norm, whether the step is skipped, then for each group of
//            parameters: decay = 1 − rate · decoupled decay; coupled_decay; step_size = rate / (1 − beta1ᵗ);
//            correction = √(1 − beta2ᵗ); the betas; eps; sign
//
// The scalars change from step to step, so they come in a buffer: a recorded step is replayed with new ones. An invocation
// updates TURNS vec4s, in each turn one beside its neighbours': on processors, reading the scalars and starting an
// invocation cost more than one update does (16 turns: 2.1 times faster on lavapipe, 1.4 on SwiftShader). Bound by memory
// traffic.
struct Group {
  decay: f32,
  coupled_decay: f32,
  step_size: f32,
  correction: f32,
  beta1: f32,
  one_minus_beta1: f32,
  beta2: f32,
  one_minus_beta2: f32,
  eps: f32,
  sign: f32,
}
struct Scalars { factor: f32, norm: f32, skip: f32, groups: array<Group> }
struct Sizes { n: u32, group: u32 }

@group(0) @binding(0) var<storage, read> grad: array<vec4f>;
@group(0) @binding(1) var<storage, read> scalars: Scalars;
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
  if (scalars.skip != 0) { return; }
  let s = scalars.groups[sizes.group];
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  for (var turn = 0u; turn < TURNS; turn++) {
    let i = start + turn * 64u;
    if (4u * i >= sizes.n) { return; }
    let before = param[i];
    let g = fma(vec4f(s.coupled_decay), before, grad[i] * (scalars.factor * s.sign));
    let first = fma(vec4f(s.one_minus_beta1), g, s.beta1 * average[i]);
    let second = fma(s.one_minus_beta2 * g, g, s.beta2 * average_sq[i]);
    average[i] = first;
    average_sq[i] = second;
    let update = first / (sqrt(second) / s.correction + s.eps);
    param[i] = fma(vec4f(-s.step_size), update, before * s.decay);
  }
}
