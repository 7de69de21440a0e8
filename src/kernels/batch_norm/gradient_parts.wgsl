// Sums over each part of a channel that the gradients need.
//
//   x           [batch, channels, area]  input of the forward pass
//   gy          [batch, channels, area]  gradient put into the output
//   statistics  [2, channels]            mean; 1 / √(variance + eps)
//   partial     [channels, parts, 2]     (Σ gy · (x − mean), Σ gy)
//
// Parts and their order as in statistics.wgsl.
struct Sizes { batch: u32, channels: u32, area: u32, parts: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> gy: array<Scalar>;
@group(0) @binding(2) var<storage, read> statistics: array<Scalar>;
@group(0) @binding(3) var<storage, read_write> partial: array<Scalar>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= sizes.channels * sizes.parts) { return; }
  let part = index % sizes.parts;
  let channel = index / sizes.parts;
  let mean = statistics[channel];
  var products = Scalar(0);
  var sum = Scalar(0);
  for (var n = 0u; n < sizes.batch; n++) {
    let plane = (n * sizes.channels + channel) * sizes.area;
    for (var p = part; p < sizes.area; p += sizes.parts) {
      let g = gy[plane + p];
      products = fma(g, x[plane + p] - mean, products);
      sum += g;
    }
  }
  partial[2u * index] = products;
  partial[2u * index + 1u] = sum;
}
