// y(p, i, j) = mean of x(p) over the rectangle that output pixel (i, j) covers: resampling by area, for smaller pictures.
//
//   x  [planes, height, width]
//   y  [planes, out_height, out_width]
//
// Pixel i covers [i, i + 1) · height / out_height; input pixels at its edges count with the part they share. One
// invocation an output, sums row by row.
struct Sizes { planes: u32, height: u32, width: u32, out_height: u32, out_width: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Part of input pixel k, in units of 1 / out, that lies between low and high.
fn shared_part(k: u32, out: u32, low: u32, high: u32) -> f32 {
  return f32(min((k + 1u) * out, high) - max(k * out, low));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let height = sizes.height;
  let width = sizes.width;
  let rows = sizes.out_height;
  let columns = sizes.out_width;
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= sizes.planes * rows * columns) { return; }
  let plane = index / (rows * columns);
  let i = index / columns % rows;
  let j = index % columns;
  // edges of the output pixel in units of 1 / rows and 1 / columns of an input pixel: whole numbers
  let top = i * height;
  let bottom = top + height;
  let left = j * width;
  let right = left + width;
  var total = 0.0;
  for (var r = top / rows; r * rows < bottom; r++) {
    let line = (plane * height + r) * width;
    var sum = 0.0;
    for (var c = left / columns; c * columns < right; c++) {
      sum = fma(shared_part(c, columns, left, right), x[line + c], sum);
    }
    total = fma(shared_part(r, rows, top, bottom), sum, total);
  }
  y[index] = total / (f32(height) * f32(width));
}
