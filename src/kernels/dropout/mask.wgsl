// y[i] = scale · x[i] where word i of a counter-based random stream is at least `threshold`, else 0.
//
//   x     [n]  input, or on the way back the gradient put into the output
//   draw  [3]  key (two words) and number of the pass
//   y     [n]  output, or the gradient of the input
//
// Of a tensor that is too large to be bound, n elements from block `first_block` on.
//
// Words are those of Philox (philox.wgsl, put ahead): block i / 4 of the counter (block, pass, 0, 0) gives four, as
// `philox` of src/util/random.ts does. All of it is whole numbers, so every adapter drops the same elements, and the way
// back draws them again instead of keeping a mask. An invocation takes TURNS blocks and their vec4s.
struct Sizes { n: u32, first_block: u32, threshold: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read> draw: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  let end = min(start + 64u * TURNS, (sizes.n + 3u) / 4u);
  for (var i = start; i < end; i += 64u) {
    let words = philox(vec4u(sizes.first_block + i, draw[2], 0u, 0u), vec2u(draw[0], draw[1]));
    let scaled = vec4f(x[i]) * sizes.scale;
    y[i] = vec4<Scalar>(select(vec4f(), scaled, words >= vec4u(sizes.threshold)));
  }
}
