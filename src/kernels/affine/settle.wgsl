// y[at[i]] = x[source[i]], or `outside` where the source is 2³² − 1: voxels whose coordinates lie so close to a face of the
// volume, or half way between two samples, that SciPy's rounding in float64 decides.
//
//   x       [c0, c1, c2]
//   at      [n]  places in y
//   source  [n]  places in x
//
// A handful of voxels if any; nothing to tile.
struct Sizes { n: u32, outside: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> at: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  let place = source[i];
  if (place == 0xffffffffu) {
    y[at[i]] = sizes.outside;
  } else {
    y[at[i]] = x[place];
  }
}
