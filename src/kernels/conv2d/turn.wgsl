// turned[c, o, a, b] = weight[o, c, tap_h(a), tap_w(b)], group by group: the weights that carry an output gradient back to
// the input, for the input pixels of one class of the stride.
//
//   weight  [groups·outputs, channels, KERNEL_H, KERNEL_W]
//   turned  [groups·channels, outputs, taps_h, taps_w]
//
// The class meets every step-th tap, last one first, because the picture is walked the other way round:
// tap_h(a) = last_h − a·step_h. One invocation an element, bound by memory traffic.
struct Sizes {
  groups: u32, channels: u32, outputs: u32, kernel_h: u32, kernel_w: u32,
  taps_h: u32, taps_w: u32, last_h: u32, last_w: u32, step_h: u32, step_w: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> turned: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (workgroup.y * workgroups.x + workgroup.x) * 256u + local;
  let taps = sizes.taps_h * sizes.taps_w;
  if (i >= sizes.groups * sizes.channels * sizes.outputs * taps) { return; }
  let b = i % sizes.taps_w;
  let a = i / sizes.taps_w % sizes.taps_h;
  let output = i / taps % sizes.outputs;
  let channel = i / (taps * sizes.outputs);
  let group = channel / sizes.channels;
  let source = (group * sizes.outputs + output) * sizes.channels + channel % sizes.channels;
  let h = sizes.last_h - a * sizes.step_h;
  let w = sizes.last_w - b * sizes.step_w;
  turned[i] = weight[(source * sizes.kernel_h + h) * sizes.kernel_w + w];
}
