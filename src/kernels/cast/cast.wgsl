// y = x in the other type of number, element by element.
//
//   x  [n]  input
//   y  [n]  output: exact from f16 to f32; from f32 to f16 one of the two neighbours, infinity beyond 65,504
//
// An invocation takes TURNS vec4s; bound by memory traffic.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<Output>>;
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
    y[i] = vec4<Output>(x[i]);
  }
}
