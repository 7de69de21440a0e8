// gweight[o,c] = [gweight[o,c] +] Aᵀ m A: from the 36 products m of windows and tiles back to the taps of a 3 × 3 kernel.
//
//   products  [36, outputs, channels], both rounded up to whole panels of 32
//   gweight   [outputs, channels, 3, 3], added to where ACCUMULATE is 1
//
// One invocation a kernel. Aᵀ: the coefficients of the polynomial that has the products as its values (points.wgsl).
struct Sizes { outputs: u32, channels: u32, pitch: u32, step: u32 }

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read_write> gweight: array<Output>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn coefficients(m: Six) -> vec3f {
  let sum_p = m[1] + m[2];
  let sum_q = m[3] + m[4];
  return vec3f(
    m[0] + sum_p + sum_q,
    fma(P, m[1] - m[2], Q * (m[3] - m[4])),
    fma(P2, sum_p, fma(Q2, sum_q, m[5])),
  );
}

fn line(at: u32) -> vec3f {
  let step = sizes.step;
  return coefficients(Six(
    products[at], products[at + step], products[at + 2u * step],
    products[at + 3u * step], products[at + 4u * step], products[at + 5u * step],
  ));
}

fn store(at: u32, value: f32) {
  if (ACCUMULATE != 0) { gweight[at] = Output(f32(gweight[at]) + value); } else { gweight[at] = Output(value); }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let kernels = sizes.outputs * sizes.channels;
  let i = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  let kernel = min(i, kernels - 1u);
  let output = kernel / sizes.channels;
  let at = output * sizes.pitch + kernel - output * sizes.channels;
  let block = 6u * sizes.step;
  let l0 = line(at);
  let l1 = line(at + block);
  let l2 = line(at + 2u * block);
  let l3 = line(at + 3u * block);
  let l4 = line(at + 4u * block);
  let l5 = line(at + 5u * block);
  // A column of taps for each.
  let left = coefficients(Six(l0.x, l1.x, l2.x, l3.x, l4.x, l5.x));
  let middle = coefficients(Six(l0.y, l1.y, l2.y, l3.y, l4.y, l5.y));
  let right = coefficients(Six(l0.z, l1.z, l2.z, l3.z, l4.z, l5.z));
  if (i >= kernels) { return; }
  for (var r = 0u; r < 3u; r++) {
    store(kernel * 9u + 3u * r, left[r]);
    store(kernel * 9u + 3u * r + 1u, middle[r]);
    store(kernel * 9u + 3u * r + 2u, right[r]);
  }
}
