// gx[p, i] = Σ of gy[p, o] / size(o) over the outputs o whose region holds i; regions as in forward.wgsl.
//
//   gy  [planes, out_height, out_width]  gradient put into the output
//   gx  [planes, height, width]          gradient of the input
//
// A gather: one invocation an input pixel. Row iy lies in the regions from ⌊iy · out_height / height⌋ to
// ⌈(iy + 1) · out_height / height⌉ − 1, the same rule with input and output exchanged.
struct Sizes { n: u32, height: u32, width: u32, out_height: u32, out_width: u32 }

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn first(i: u32, to: u32, whole: u32) -> u32 { return i * to / whole; }
fn end(i: u32, to: u32, whole: u32) -> u32 { return ((i + 1u) * to + whole - 1u) / whole; }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let input = (group.y * groups.x + group.x) * 64u + local;
  if (input >= sizes.n) { return; }
  let ix = input % sizes.width;
  let iy = (input / sizes.width) % sizes.height;
  let plane = (input / (sizes.width * sizes.height)) * sizes.out_height * sizes.out_width;
  var sum = f32(0);
  for (var oy = first(iy, sizes.out_height, sizes.height); oy < end(iy, sizes.out_height, sizes.height); oy++) {
    let rows = end(oy, sizes.height, sizes.out_height) - first(oy, sizes.height, sizes.out_height);
    for (var ox = first(ix, sizes.out_width, sizes.width); ox < end(ix, sizes.out_width, sizes.width); ox++) {
      let columns = end(ox, sizes.width, sizes.out_width) - first(ox, sizes.width, sizes.out_width);
      sum += f32(gy[plane + oy * sizes.out_width + ox]) / f32(rows * columns);
    }
  }
  gx[input] = Scalar(sum);
}
