// gx[o, k, i] = gy[o, i] where k = index[o, i], else 0: the gradient of pick.wgsl.
//
//   gy     [outer, inner]     gradient put into the elements
//   index  [outer, inner]     places
//   gx     [outer, n, inner]  gradient of the lines
//
// One invocation an element of gx: each is written, and none twice.
struct Sizes { elements: u32, n: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let element = (group.y * groups.x + group.x) * 64u + local;
  if (element >= sizes.elements) { return; }
  let inner = sizes.inner;
  let k = element / inner % sizes.n;
  let output = element / (inner * sizes.n) * inner + element % inner;
  gx[element] = select(Scalar(0.0), gy[output], k == index[output]);
}
