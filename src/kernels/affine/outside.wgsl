// y[at[i]] = value: the voxels on the volume's faces that SciPy's rounding puts outside.
//
//   at  [n]  places in y
//
// A handful of voxels if any; nothing to tile.
struct Sizes { n: u32, value: f32 }

@group(0) @binding(0) var<storage, read> at: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  y[at[i]] = sizes.value;
}
