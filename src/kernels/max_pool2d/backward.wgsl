// gx[p, i] = Σ of gy[p, o] over the outputs o whose maximum stands at i.
//
//   gy     [planes, out_height, out_width]  gradient put into the output
//   index  [planes, out_height, out_width]  places of the maxima, from the forward pass
//   gx     [planes, height, width]          gradient of the input
//
// A gather: one invocation an input pixel looks at the few windows that contain it, in scan order, so there are no atomics
// and the order of the sum is fixed.
struct Sizes { n: u32, height: u32, width: u32, out_height: i32, out_width: i32, pad_h: i32, pad_w: i32 }

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read> index: array<i32>;
@group(0) @binding(2) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let input = (group.y * groups.x + group.x) * 64u + local;
  if (input >= sizes.n) { return; }
  let pixels = sizes.width * sizes.height;
  let place = i32(input % pixels);
  let plane = (input / pixels) * u32(sizes.out_height * sizes.out_width);
  let iy = place / i32(sizes.width) + sizes.pad_h;
  let ix = place % i32(sizes.width) + sizes.pad_w;
  var sum = Scalar(0);
  for (var oy = max(iy - KERNEL_H + STRIDE_H, 0) / STRIDE_H; oy <= min(iy / STRIDE_H, sizes.out_height - 1); oy++) {
    for (var ox = max(ix - KERNEL_W + STRIDE_W, 0) / STRIDE_W; ox <= min(ix / STRIDE_W, sizes.out_width - 1); ox++) {
      let output = plane + u32(oy * sizes.out_width + ox);
      if (index[output] == place) { sum += gy[output]; }
    }
  }
  gx[input] = sum;
}
