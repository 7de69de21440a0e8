// y[i, k] = x[j, k] + shares[i] · (x[i, k] − x[j, k]) with j = (i + 1) mod n: each picture mixed with the one after it
// (mixup: Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018).
//
//   x       [n, size]
//   shares  [n]        of the picture itself, 0 … 1; at 1 it is copied bit for bit, where x is finite
//   y       [n, size]
//
// One invocation an element, bound by memory traffic.
struct Sizes { n: u32, size: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> shares: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = (group.y * groups.x + group.x) * 64u + local;
  if (at >= sizes.n * sizes.size) { return; }
  let picture = at / sizes.size;
  let share = shares[picture];
  let other = x[(picture + 1u) % sizes.n * sizes.size + at % sizes.size];
  y[at] = select(fma(share, x[at] - other, other), x[at], share == 1);
}
