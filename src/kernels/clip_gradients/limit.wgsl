// grad = min(max(grad, −largest), largest), element by element.
//
//   grad  [n]  in place
//
// Written as a comparison of magnitudes, which is false for NaN: clamp() would make some number of it. An invocation
// takes TURNS vec4s; bound by memory traffic.
struct Sizes { n: u32, largest: f32 }

@group(0) @binding(0) var<storage, read_write> grad: array<vec4f>;
@group(0) @binding(1) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    let g = grad[i];
    grad[i] = select(g, sign(g) * sizes.largest, abs(g) > vec4f(sizes.largest));
  }
}
