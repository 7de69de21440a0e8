// gbias[o] = [gbias[o] +] Σ_{n,p} gy[n,o,p]: the gradient of a bias that was added to every pixel of channel o.
//
//   gy     [batch, channels, area]
//   gbias  [channels], added to where ACCUMULATE is 1
//
// A workgroup a channel: 64 invocations add every 64th value, then their sums are added pairwise. The order is the same
// on every adapter. Bound by memory traffic.
struct Sizes { batch: u32, channels: u32, area: u32 }

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> gbias: array<Output>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let channel = workgroup.y * workgroups.x + workgroup.x;
  if (channel >= sizes.channels) { return; }
  var sum = f32(0);
  for (var i = local; i < sizes.batch * sizes.area; i += 64u) {
    sum += f32(gy[(i / sizes.area * sizes.channels + channel) * sizes.area + i % sizes.area]);
  }
  sums[local] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { sums[local] += sums[local + half]; }
  }
  if (local == 0u) {
    if (ACCUMULATE != 0) { sums[0] += f32(gbias[channel]); }
    gbias[channel] = Output(sums[0]);
  }
}
