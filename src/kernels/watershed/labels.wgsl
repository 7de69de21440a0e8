// y(v) = the marker's label where v is marked, else that of the marker from which the flood came; 0 where none came.
//
//   open     [lines, words]   bits
//   markers  [lines, length]  32-bit integers
//   mask     [lines, length]  with MASKED (else anything may be bound)
//   parent   [lines, length]  at open voxels: the marker's index with the highest bit set, or 2³² − 1
//   y        [lines, length]
//
// One invocation a word.
struct Sizes { lines: u32, length: u32 }

@group(0) @binding(0) var<storage, read> open: array<u32>;
@group(0) @binding(1) var<storage, read> markers: array<u32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read> parent: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let length = sizes.length;
  let words = (length + 31u) / 32u;
  let word = group.y;
  let line = (group.z * groups.x + group.x) * 64u + local;
  if (line >= sizes.lines) { return; }
  let i = line * words + word;
  let position = 32u * word;
  let unmarked = open[i];
  for (var k = 0u; k < min(32u, length - position); k++) {
    let voxel = line * length + position + k;
    var source = voxel;
    var reached = true;
    if (((unmarked >> k) & 1u) == 1u) {
      let root = parent[voxel];
      reached = root != 0xffffffffu;
      source = root & 0x7fffffffu;
    }
    if (MASKED == 1) { reached = reached && mask[voxel] != 0u; }
    y[voxel] = select(0u, markers[select(0u, source, reached)], reached);
  }
}
