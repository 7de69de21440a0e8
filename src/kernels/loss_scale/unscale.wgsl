// grad *= 1 / scale, and overflow = 1 where an element is infinite or no number.
//
//   grad   [n]  in place
//   state       inverse = 1 / scale; overflow is set, never cleared
//
// Told by the exponent's bits, because WGSL may assume that there is neither. Any number of invocations may set the one
// flag: it is a whole number, and the order does not matter. An invocation takes TURNS vec4s; bound by memory traffic;
// what lies behind the last element within its vec4 is no gradient.
struct Sizes { n: u32 }
struct State { inverse: f32, streak: u32, skipped: u32, overflow: atomic<u32> }

@group(0) @binding(0) var<storage, read_write> grad: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> state: State;
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
    let g = grad[i];
    let infinite = (bitcast<vec4u>(g) & vec4u(0x7f800000u)) == vec4u(0x7f800000u);
    let present = 4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(sizes.n);
    if (any(infinite & present)) { atomicMax(&state.overflow, 1u); }
    grad[i] = g * state.inverse;
  }
}
