// gx[p, i] = Σ of gy[p, o] · (weight of input i in output o); weights as in forward.wgsl (taps.wgsl, put ahead).
//
//   gy  [planes, out_height, out_width]  gradient put into the output
//   gx  [planes, height, width]          gradient of the input
//
// A gather: one invocation an input pixel walks over the outputs that can fall on it, in scan order.
struct Sizes {
  n: u32,
  height: u32, out_height: u32, start_h: i32, start_fraction_h: u32, step_h: u32, step_fraction_h: u32, rounded_step_h: f32,
  width: u32, out_width: u32, start_w: i32, start_fraction_w: u32, step_w: u32, step_fraction_w: u32, rounded_step_w: f32,
}

@group(0) @binding(0) var<storage, read> gy: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Weight of input i in output o: that of all taps that it stands for.
fn weight(axis: Axis, o: u32, i: u32) -> f32 {
  let taken = taps(axis, o);
  var sum = 0.0;
  for (var k = 0; k < TAPS; k++) { sum += select(0.0, taken.weights[k], pixel(axis, taken.first + k) == i); }
  return sum;
}

// First and last output that can fall on input i: those within two pixels of it, and one more for rounding.
fn reach(axis: Axis, i: u32) -> vec2u {
  let last = axis.out_size - 1u;
  if (axis.rounded_step == 0.0) { return vec2u(0u, last); }
  let bounds = (f32(i) - f32(axis.start) + vec2f(-3.0, 2.0)) / axis.rounded_step;
  return min(vec2u(max(bounds + vec2f(-1.0, 2.0), vec2f())), vec2u(last));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let input = (group.y * groups.x + group.x) * 64u + local;
  if (input >= sizes.n) { return; }
  let s = sizes;
  let rows = Axis(s.height, s.out_height, s.start_h, s.start_fraction_h, s.step_h, s.step_fraction_h, s.rounded_step_h);
  let columns = Axis(s.width, s.out_width, s.start_w, s.start_fraction_w, s.step_w, s.step_fraction_w, s.rounded_step_w);
  let ix = input % s.width;
  let iy = (input / s.width) % s.height;
  let plane = (input / (s.width * s.height)) * s.out_height;
  let vertical = reach(rows, iy);
  let horizontal = reach(columns, ix);
  var sum = 0.0;
  for (var oy = vertical.x; oy <= vertical.y; oy++) {
    let row = weight(rows, oy, iy);
    if (row == 0.0) { continue; }
    for (var ox = horizontal.x; ox <= horizontal.y; ox++) {
      sum = fma(f32(gy[(plane + oy) * s.out_width + ox]), row * weight(columns, ox, ix), sum);
    }
  }
  gx[input] = Scalar(sum);
}
