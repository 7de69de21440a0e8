// Joins the parts of each channel (Chan, Golub and LeVeque 1979) and moves the running statistics.
//
//   partial              [channels, parts, 2]  (mean, Σ (x − mean)²) of each part
//   statistics           [2, channels]         mean; 1 / √(variance + eps)
//   running_mean         [channels]            += momentum · (mean − running_mean)
//   running_var          [channels]            the same with the unbiased variance
//   num_batches_tracked  [1]                   += 1
//
// LANES invocations share a channel: each joins every LANES-th part, then a tree in workgroup memory. With few parts LANES
// is 1, and there is no barrier. Both choices follow from the shape.
struct Sizes { batch: u32, channels: u32, area: u32, parts: u32, momentum: f32, eps: f32 }

struct Part { count: Scalar, mean: Scalar, squares: Scalar }

@group(0) @binding(0) var<storage, read> partial: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> statistics: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> running_mean: array<Scalar>;
@group(0) @binding(3) var<storage, read_write> running_var: array<Scalar>;
@group(0) @binding(4) var<storage, read_write> num_batches_tracked: array<Scalar>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> lanes: array<Part, 64>;

fn joined(a: Part, b: Part) -> Part {
  if (b.count == 0) { return a; }
  if (a.count == 0) { return b; }
  let count = a.count + b.count;
  let d = b.mean - a.mean;
  let share = b.count / count;
  return Part(count, fma(d, share, a.mean), fma(d * d, a.count * share, a.squares + b.squares));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let channel = (group.y * groups.x + group.x) * (64u / LANES) + local / LANES;
  let present = channel < sizes.channels;
  var whole = Part(0, 0, 0);
  if (present) {
    for (var part = lane; part < sizes.parts; part += LANES) {
      let at = 2u * (channel * sizes.parts + part);
      let count = sizes.batch * ((sizes.area - part + sizes.parts - 1u) / sizes.parts);
      whole = joined(whole, Part(Scalar(count), partial[at], partial[at + 1u]));
    }
  }
  if (LANES > 1) {
    lanes[local] = whole;
    for (var step = u32(LANES) / 2u; step > 0u; step /= 2u) {
      workgroupBarrier();
      if (lane < step) { lanes[local] = joined(lanes[local], lanes[local + step]); }
    }
    whole = lanes[local];
  }
  if (!present || lane != 0u) { return; }
  statistics[channel] = whole.mean;
  statistics[sizes.channels + channel] = 1 / sqrt(whole.squares / whole.count + Scalar(sizes.eps));
  let momentum = Scalar(sizes.momentum);
  running_mean[channel] = fma(momentum, whole.mean, (1 - momentum) * running_mean[channel]);
  running_var[channel] = fma(momentum, whole.squares / (whole.count - 1), (1 - momentum) * running_var[channel]);
  if (channel == 0u) { num_batches_tracked[0] += 1; }
}
