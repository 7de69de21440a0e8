// norm = √Σ parts and factor = min(1, largest / (norm + 10⁻⁶)), as torch.nn.utils.clip_grad_norm_: what gradients are
// multiplied with so that the norm of all of them together is at most `largest`. A norm of NaN gives a factor of NaN.
//
//   parts   [n]          sums of squares
//   result  [2] or more  factor, norm
//
// One workgroup: each of 256 invocations adds a run of neighbouring parts, the first adds the 256 sums. For the 44,000
// parts of a ResNet-18 that is 171 additions each.
struct Sizes { n: u32, largest: f32 }

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  let run = (sizes.n + 255u) / 256u;
  var sum = 0.0;
  for (var i = local * run; i < min((local + 1u) * run, sizes.n); i++) { sum += parts[i]; }
  sums[local] = sum;
  workgroupBarrier();
  if (local > 0u) { return; }
  var total = 0.0;
  for (var i = 0u; i < 256u; i++) { total += sums[i]; }
  let norm = sqrt(total);
  let factor = sizes.largest / (norm + 1e-6);
  result[0] = select(min(1.0, factor), factor, (bitcast<u32>(factor) & 0x7fffffffu) > 0x7f800000u);
  result[1] = norm;
}
