// One step of gradient descent without momentum, in place, as torch.optim.SGD:
//
//   param −= rate · (factor · sign · grad + weight_decay · param)
//
//   param, grad  [n]
//   scalars  factor (of all gradients: clipping), their norm, whether the step is skipped, then for each group of
//            parameters what momentum.wgsl names
//
// The scalars change from step to step, so they come in a buffer. An invocation updates TURNS vec4s, as in adam/step.wgsl.
// Bound by memory traffic.
struct Group { rate: f32, weight_decay: f32, momentum: f32, one_minus_dampening: f32, sign: f32 }
struct Scalars { factor: f32, norm: f32, skip: f32, groups: array<Group> }
struct Sizes { n: u32, group: u32 }

@group(0) @binding(0) var<storage, read> grad: array<vec4f>;
@group(0) @binding(1) var<storage, read> scalars: Scalars;
@group(0) @binding(2) var<storage, read_write> param: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  if (scalars.skip != 0) { return; }
  let s = scalars.groups[sizes.group];
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    let before = param[i];
    let g = fma(vec4f(s.weight_decay), before, grad[i] * (scalars.factor * s.sign));
    param[i] = fma(vec4f(-s.rate), g, before);
  }
}
