// All gradients of a batch norm that was trained with the batch's statistics: gradient_parts.wgsl, gradient_finish.wgsl and
// gradient_input.wgsl for channels of which a workgroup can take one or more, with the same bits.
//
//   x, y, gy      [batch, channels, length]  as in gradient_parts.wgsl
//   statistics    [channels]                 (c, mean − c, 1 / √(variance + eps), 0)
//   weight, bias  [channels]
//   g             [batch, channels, length]  gradient of the residual, written with RELU and RESIDUAL; else one element
//   gweight, gbias  [channels]
//   gx            [batch, channels, length]  weight / √(variance + eps) · (g − (gbias + x̂ · gweight) / m)
//
// A workgroup of THREADS takes MOST channels at most, whose parts, at most PLACES together, lie in workgroup memory. One
// invocation a channel joins them, in the order of gradient_finish.wgsl. through.wgsl, part-gradients.wgsl and walk.ts's types
// are put ahead.
//
// Measured with forward.wgsl.
struct Sizes {
  batch: u32, channels: u32, length: u32, parts: u32, lanes: u32,
  each: u32, // channels of a workgroup
  inverse_count: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> y: array<Stored>;
@group(0) @binding(2) var<storage, read> gy: array<Stored>;
@group(0) @binding(3) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> g: array<Stored>;
@group(0) @binding(7) var<storage, read_write> gweight: array<f32>;
@group(0) @binding(8) var<storage, read_write> gbias: array<f32>;
@group(0) @binding(9) var<storage, read_write> gx: array<Stored>;
@group(0) @binding(10) var<uniform> sizes: Sizes;

var<workgroup> parts_found: array<vec2f, PLACES>;
var<workgroup> gradients_of: array<vec2f, MOST>;

// Joins the parts that lie from `base` on.
fn together(base: u32) -> vec2f {
  var all = vec2f();
  for (var lane = 0u; lane < sizes.lanes; lane++) {
    var sums = vec2f();
    for (var part = lane; part < sizes.parts; part += sizes.lanes) { sums += parts_found[base + part]; }
    all += sums;
  }
  return all;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (group.y * groups.x + group.x) * sizes.each;
  if (first >= sizes.channels) { return; }
  let present = min(sizes.each, sizes.channels - first);
  for (var i = local; i < present * sizes.parts; i += THREADS) {
    let channel = first + i / sizes.parts;
    let known = statistics[channel];
    let scale = Value(known.z * weight[channel]);
    parts_found[i] = part_gradients(channel, i % sizes.parts, known, scale, Value(bias[channel]));
  }
  workgroupBarrier();
  if (local < present) {
    let sums = together(local * sizes.parts);
    let found = vec2f(sums.x * statistics[first + local].z, sums.y);
    gradients_of[local] = found;
    gweight[first + local] = found.x;
    gbias[first + local] = found.y;
  }
  workgroupBarrier();
  for (var c = 0u; c < present; c++) {
    let known = statistics[first + c];
    let scale = Value(known.z * weight[first + c]);
    let shift = Value(bias[first + c]);
    let slope = Value(known.z * gradients_of[c].x * sizes.inverse_count);
    let offset = Value(gradients_of[c].y * sizes.inverse_count);
    for (var n = 0u; n < sizes.batch; n++) {
      let start = (n * sizes.channels + first + c) * sizes.length;
      for (var i = start + local; i < start + sizes.length; i += THREADS) {
        let d = (Value(x[i]) - known.x) - known.y;
        gx[i] = Stored((gradient_of(i, d, scale, shift) - fma(d, slope, offset)) * scale);
      }
    }
  }
}
