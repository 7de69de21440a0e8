// One Adam update of each of three parameters a, b and c, in place (update.wgsl), for adapters that bind so many buffers: most
// parameters of a network are small, and a dispatch for each costs the host more than the device.
//
//   param_a, grad_a, average_a, average_sq_a  [n_a]; the same of b and c
//
// A workgroup works on one of them: those before end_a on a, the next, before end_b, on b. On lavapipe 1.6 times a copy's rate
// in ResNet-18 (bytes read and written; small parameters stay in the cache), 3 % of a training step at 224², batch 4.
struct Sizes { n_a: u32, n_b: u32, n_c: u32, end_a: u32, end_b: u32, end_c: u32, group_a: u32, group_b: u32, group_c: u32 }

@group(0) @binding(0) var<storage, read> grad_a: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> param_a: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> average_a: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> average_sq_a: array<vec4f>;
@group(0) @binding(4) var<storage, read> grad_b: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> param_b: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> average_b: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> average_sq_b: array<vec4f>;
@group(0) @binding(8) var<storage, read> grad_c: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> param_c: array<vec4f>;
@group(0) @binding(10) var<storage, read_write> average_c: array<vec4f>;
@group(0) @binding(11) var<storage, read_write> average_sq_c: array<vec4f>;
@group(0) @binding(12) var<storage, read> scalars: Scalars;
@group(0) @binding(13) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  if (scalars.skip != 0) { return; }
  let index = group.y * groups.x + group.x;
  if (index < sizes.end_a) {
    let s = scalars.groups[sizes.group_a];
    let start = index * (64u * TURNS) + local;
    let end = min(start + 64u * TURNS, (sizes.n_a + 3u) / 4u);
    for (var i = start; i < end; i += 64u) {
      let now = updated(State(param_a[i], average_a[i], average_sq_a[i]), grad_a[i], scalars.factor, s);
      average_a[i] = now.average;
      average_sq_a[i] = now.average_sq;
      param_a[i] = now.param;
    }
    return;
  }
  if (index < sizes.end_b) {
    let s = scalars.groups[sizes.group_b];
    let start = (index - sizes.end_a) * (64u * TURNS) + local;
    let end = min(start + 64u * TURNS, (sizes.n_b + 3u) / 4u);
    for (var i = start; i < end; i += 64u) {
      let now = updated(State(param_b[i], average_b[i], average_sq_b[i]), grad_b[i], scalars.factor, s);
      average_b[i] = now.average;
      average_sq_b[i] = now.average_sq;
      param_b[i] = now.param;
    }
    return;
  }
  if (index < sizes.end_c) {
    let s = scalars.groups[sizes.group_c];
    let start = (index - sizes.end_b) * (64u * TURNS) + local;
    let end = min(start + 64u * TURNS, (sizes.n_c + 3u) / 4u);
    for (var i = start; i < end; i += 64u) {
      let now = updated(State(param_c[i], average_c[i], average_sq_c[i]), grad_c[i], scalars.factor, s);
      average_c[i] = now.average;
      average_sq_c[i] = now.average_sq;
      param_c[i] = now.param;
    }
    return;
  }
}
