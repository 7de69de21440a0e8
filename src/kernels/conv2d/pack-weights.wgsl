// packed[group,q,t,m] = weight[group, m, 4·q …, t], four channels.
//
//   weight  element (group,m,c,t) at group·group_step + m·output_step + c·channel_step + t, t counting the kernel's taps
//   packed  [groups, quads, taps, outputs] texels, then one of zeros
//
// One invocation all taps of an output and four channels: workgroups count outputs in 64s, quads and groups, so there is
// nothing to divide.
struct Sizes { outputs: u32, taps: u32, group_step: u32, output_step: u32, channel_step: u32 }

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
  let all = workgroup.z * workgroups.y + workgroup.y;
  if (output >= sizes.outputs) { return; }
  let c = sizes.channel_step;
  let first = workgroup.z * sizes.group_step + output * sizes.output_step + workgroup.y * 4u * c;
  var i = all * sizes.taps * sizes.outputs + output;
  for (var at = first; at < first + sizes.taps; at++) {
    let texel = vec4<Scalar>(weight[at], weight[at + c], weight[at + 2u * c], weight[at + 3u * c]);
    packed[i] = vec4f(texel);
    i += sizes.outputs;
  }
  // Only the last output of the last quads and group has come to the end.
  let end = workgroups.z * workgroups.y * sizes.taps * sizes.outputs;
  if (i == end + sizes.outputs - 1u) { packed[end] = vec4f(); }
}
