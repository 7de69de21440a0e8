// average += (1 − decay) · (value − average), element by element: the exponential moving average of what `value` becomes.
//
//   value    [n]
//   average  [n]  in place
//
// An invocation takes TURNS vec4s; bound by memory traffic.
struct Sizes { n: u32, one_minus_decay: f32 }

@group(0) @binding(0) var<storage, read> value: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    let before = average[i];
    average[i] = fma(vec4f(sizes.one_minus_decay), value[i] - before, before);
  }
}
