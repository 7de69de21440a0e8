// y[o, i] = x[o, index[o, i], i]: the elements of lines at given places.
//
//   x      [outer, n, inner]  values
//   index  [outer, inner]     places
//   y      [outer, inner]     elements
//
// One invocation an element.
struct Sizes { outputs: u32, n: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.outputs) { return; }
  let inner = sizes.inner;
  y[output] = x[(output / inner * sizes.n + index[output]) * inner + output % inner];
}
