// y = f(x), element by element; `fn f` is put ahead of this file (table in unary.ts).
//
//   x  [n]  input
//   y  [n]  output
//
// One invocation an element: bound by memory traffic, 8 bytes an element, so there is nothing to tile.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + local;
  if (i >= sizes.n) { return; }
  y[i] = f(x[i]);
}
