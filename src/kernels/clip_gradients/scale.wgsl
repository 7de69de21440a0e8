// grad *= factor, element by element.
//
//   factor  [1] or more  its first element
//   grad    [n]          in place
//
// An invocation takes TURNS vec4s; bound by memory traffic.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> factor: array<f32>;
@group(0) @binding(1) var<storage, read_write> grad: array<vec4f>;
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
    grad[i] *= factor[0];
  }
}
