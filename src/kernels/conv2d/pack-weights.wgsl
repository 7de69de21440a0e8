// packed[group,q,r,s,m] = weight[group, m, 4·q …, r, s], four channels.
//
//   weight  element (group,m,c,r,s) at start + group·group_step + m·output_step + c·channel_step + r·row_step
//           + s·column_step; steps wrap, so they may be negative
//   packed  [groups, quads, kernel_h, kernel_w, outputs] texels, then one of zeros
//
// One invocation all taps of an output and four channels: workgroups count outputs in 64s, quads and groups, so there is
// nothing to divide.
struct Sizes {
  outputs: u32, kernel_h: u32, kernel_w: u32,
  start: u32, group_step: u32, output_step: u32, channel_step: u32, row_step: u32, column_step: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = workgroup.x * 64u + local;
  let taps = sizes.kernel_h * sizes.kernel_w;
  let all = workgroup.z * workgroups.y + workgroup.y;
  if (output >= sizes.outputs) { return; }
  let c = sizes.channel_step;
  let first = sizes.start + workgroup.z * sizes.group_step + output * sizes.output_step + workgroup.y * 4u * c;
  var i = all * taps * sizes.outputs + output;
  for (var r = 0u; r < sizes.kernel_h; r++) {
    for (var s = 0u; s < sizes.kernel_w; s++) {
      let at = first + r * sizes.row_step + s * sizes.column_step;
      let texel = vec4<Scalar>(weight[at], weight[at + c], weight[at + 2u * c], weight[at + 3u * c]);
      packed[i] = vec4f(texel);
      i += sizes.outputs;
    }
  }
  // Only the last output of the last quads and group has come to the end.
  let end = workgroups.z * workgroups.y * taps * sizes.outputs;
  if (i == end + sizes.outputs - 1u) { packed[end] = vec4f(); }
}
