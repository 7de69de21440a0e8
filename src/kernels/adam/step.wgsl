// One Adam update of a parameter, in place (update.wgsl).
//
//   param, grad, average, average_sq  [n]
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
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    let now = updated(State(param[i], average[i], average_sq[i]), grad[i], scalars.factor, s);
    average[i] = now.average;
    average_sq[i] = now.average_sq;
    param[i] = now.param;
  }
}
