// Sums over each part of a channel that the gradients need, of g = gy where the activation let the value through.
//
//   x           [batch, channels, length]  input of the forward pass, as single elements or as vec4s of them
//   y           [batch, channels, length]  its output, read with RELU and RESIDUAL; without them any buffer
//   gy          [batch, channels, length]  gradient put into the output
//   statistics  [channels]                 (c, mean − c, 1 / √(variance + eps), 0)
//   weight, bias  [channels]
//   g           [batch, channels, length]  gradient of the residual, written with RELU and RESIDUAL; else one element
//   partial     [parts, channels]          from `first` on: (Σ g · (x − mean), Σ g)
//
// What ReLU let through is seen in the output or, where nothing was added to it, computed again from x, which spares a
// reading. Parts and their order as in statistics.wgsl; `Stored`, `Value`, `Bits` and `total` are put ahead (walk.ts).
struct Sizes { batch: u32, channels: u32, length: u32, parts: u32, first: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> y: array<Stored>;
@group(0) @binding(2) var<storage, read> gy: array<Stored>;
@group(0) @binding(3) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> g: array<Stored>;
@group(0) @binding(7) var<storage, read_write> partial: array<vec2f>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

// gy, or 0 where v ≤ 0, by bits: NaN lets its gradient through.
fn through(gy: Value, v: Value) -> Value {
  let bits = bitcast<Bits>(v);
  let closed = (bits - Bits(0x80000000u) <= Bits(0x7f800000u)) | (bits == Bits());
  return select(gy, Value(), closed);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= sizes.channels * sizes.parts) { return; }
  let channel = index / sizes.parts;
  let part = index - channel * sizes.parts;
  let known = statistics[channel];
  let scale = Value(known.z * weight[channel]);
  let shift = Value(bias[channel]);
  let step = 16u * sizes.parts;
  var products = Value();
  var sum = Value();
  for (var n = 0u; n < sizes.batch; n++) {
    let plane = (n * sizes.channels + channel) * sizes.length;
    for (var start = part; start < sizes.length; start += step) {
      var block_products = Value();
      var block_sum = Value();
      for (var p = start; p < min(start + step, sizes.length); p += sizes.parts) {
        let i = plane + p;
        let d = (Value(x[i]) - known.x) - known.y;
        var gradient = Value(gy[i]);
        if (RELU != 0 && RESIDUAL != 0) {
          gradient = through(gradient, Value(y[i]));
          g[i] = Stored(gradient);
        } else if (RELU != 0) {
          gradient = through(gradient, fma(d, scale, shift));
        }
        block_products = fma(gradient, d, block_products);
        block_sum += gradient;
      }
      products += block_products;
      sum += block_sum;
    }
  }
  partial[sizes.first + part * sizes.channels + channel] = vec2f(total(products), total(sum));
}
