// y(v) = x(v) where the label x(v) has at least `least` voxels, else 0.
//
//   x      [n]           labels, 32-bit integers 0 … labels
//   count  [labels + 1]  PASS 0 adds up voxels, PASS 1 reads the sums; zeros before
//   y      [n]           written by PASS 1
//
// One invocation a voxel. Counts are integers, so the order in which they are added up changes nothing.
struct Sizes { n: u32, least: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> count: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let voxel = (group.y * groups.x + group.x) * 64u + local;
  if (voxel >= sizes.n) { return; }
  let label = x[voxel];
  if (PASS == 0) {
    if (label != 0u) { atomicAdd(&count[label], 1u); }
  } else {
    y[voxel] = select(0u, label, atomicLoad(&count[label]) >= sizes.least);
  }
}
