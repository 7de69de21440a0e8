// y[p, oy, ox] = Σ of the input pixels that an output pixel is made of, times their weights (taps.wgsl, put ahead).
//
//   x  [planes, height, width]          input
//   y  [planes, out_height, out_width]  output
//
// One invocation an output. What neighbours read in common meets in the cache.
struct Sizes {
  n: u32,
  height: u32, out_height: u32, start_h: i32, start_fraction_h: u32, step_h: u32, step_fraction_h: u32, rounded_step_h: f32,
  width: u32, out_width: u32, start_w: i32, start_fraction_w: u32, step_w: u32, step_fraction_w: u32, rounded_step_w: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let output = (group.y * groups.x + group.x) * 64u + local;
  if (output >= sizes.n) { return; }
  let s = sizes;
  let rows = Axis(s.height, s.out_height, s.start_h, s.start_fraction_h, s.step_h, s.step_fraction_h, s.rounded_step_h);
  let columns = Axis(s.width, s.out_width, s.start_w, s.start_fraction_w, s.step_w, s.step_fraction_w, s.rounded_step_w);
  let column = taps(columns, output % s.out_width);
  let row = taps(rows, (output / s.out_width) % s.out_height);
  let plane = (output / (s.out_width * s.out_height)) * s.height;
  var sum = 0.0;
  for (var r = 0; r < TAPS; r++) {
    let line = (plane + pixel(rows, row.first + r)) * s.width;
    var across = 0.0;
    for (var c = 0; c < TAPS; c++) {
      across = fma(column.weights[c], f32(x[line + pixel(columns, column.first + c)]), across);
    }
    sum = fma(row.weights[r], across, sum);
  }
  y[output] = Scalar(sum);
}
