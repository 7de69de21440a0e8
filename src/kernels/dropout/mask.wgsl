// y[i] = scale · x[i] where word i of a counter-based random stream is at least `threshold`, else 0.
//
//   x     [n]  input, or on the way back the gradient put into the output
//   draw  [3]  key (two words) and number of the pass
//   y     [n]  output, or the gradient of the input
//
// Of a tensor that is too large to be bound, n elements from block `first_block` on.
//
// Words are those of Philox4x32-10 (Salmon et al., SC 2011): block i / 4 of the counter (block, pass, 0, 0) gives four, as
// `philox` of src/util/random.ts does. All of it is whole numbers, so every adapter drops the same elements, and the way
// back draws them again instead of keeping a mask. An invocation takes TURNS blocks and their vec4s.
struct Sizes { n: u32, first_block: u32, threshold: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read> draw: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// High 32 bits of the 64-bit product, by products of halves.
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let a_low = a & 0xffffu;
  let a_high = a >> 16u;
  let b_low = b & 0xffffu;
  let b_high = b >> 16u;
  let middle = a_high * b_low + ((a_low * b_low) >> 16u);
  let carry = a_low * b_high + (middle & 0xffffu);
  return a_high * b_high + (middle >> 16u) + (carry >> 16u);
}

fn philox(counter: vec4u, first_key: vec2u) -> vec4u {
  var c = counter;
  var key = first_key;
  for (var round = 0; round < 10; round++) {
    c = vec4u(
      multiplyHigh(0xcd9e8d57u, c.z) ^ c.y ^ key.x,
      0xcd9e8d57u * c.z,
      multiplyHigh(0xd2511f53u, c.x) ^ c.w ^ key.y,
      0xd2511f53u * c.x,
    );
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = (group.y * groups.x + group.x) * (64u * TURNS) + local;
  for (var turn = 0u; turn < TURNS; turn++) {
    let i = start + turn * 64u;
    if (4u * i >= sizes.n) { return; }
    let words = philox(vec4u(sizes.first_block + i, draw[2], 0u, 0u), vec2u(draw[0], draw[1]));
    let scaled = vec4f(x[i]) * sizes.scale;
    y[i] = vec4<Scalar>(select(vec4f(), scaled, words >= vec4u(sizes.threshold)));
  }
}
