// One Adam update (Kingma and Ba 2015) with coupled or decoupled decay (Loshchilov and Hutter 2019), in the order of
// torch.optim.Adam and AdamW; put ahead of step.wgsl and three-steps.wgsl:
//
//   g           = factor · sign · grad + coupled_decay · param
//   param      *= decay
//   average     = beta1 · average + (1 − beta1) · g
//   average_sq  = beta2 · average_sq + (1 − beta2) · g²
//   param      −= step_size · average / (√average_sq / correction + eps)
//
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
struct State { param: vec4f, average: vec4f, average_sq: vec4f }

fn updated(before: State, grad: vec4f, factor: f32, s: Group) -> State {
  let g = fma(vec4f(s.coupled_decay), before.param, grad * (factor * s.sign));
  let first = fma(vec4f(s.one_minus_beta1), g, s.beta1 * before.average);
  let second = fma(s.one_minus_beta2 * g, g, s.beta2 * before.average_sq);
  let update = first / (sqrt(second) / s.correction + s.eps);
  return State(fma(vec4f(-s.step_size), update, before.param * s.decay), first, second);
}
