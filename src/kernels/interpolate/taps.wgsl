// Which input pixels an output pixel is made of along one axis, and their weights, as in PyTorch.
//
//   MODE 0, nearest   pixel ⌊o · step⌋, the product rounded to float32
//   MODE 1, bilinear  the two around place(o) = start + o · step, none before the first
//   MODE 2, bicubic   the four around place(o), by Keys' kernel with a = −¾
//
// Places are fixed-point numbers with 32 bits after the point: a float32 at pixel 1,000 would be off by 3e-5 of a pixel.
// Pixels beyond the ends stand for the outermost one. `sizes` is the uniform block of the kernel: start and step are floors
// with 32-bit fractions beside them, rounded_step is a float32.
const TAPS = array(1, 2, 4)[MODE];

// Tap k is pixel first + k.
struct Taps { first: i32, weights: vec4f }

fn pixel(index: i32) -> u32 {
  return u32(clamp(index, 0, i32(sizes.size) - 1));
}

fn cubic_weights(t: f32) -> vec4f {
  let u = 1.0 - t;
  let near = vec2f((1.25 * t - 2.25) * t * t, (1.25 * u - 2.25) * u * u) + 1.0;
  return vec4f(-0.75 * t * u * u, near, -0.75 * u * t * t);
}

fn taps(o: u32) -> Taps {
  if (MODE == 0) { return Taps(i32(floor(f32(o) * sizes.rounded_step)), vec4f(1.0, 0.0, 0.0, 0.0)); }
  // o has 16 bits: its product with the fraction in two halves
  let low = o * (sizes.step_fraction & 0xffffu);
  let high = o * (sizes.step_fraction >> 16u) + (low >> 16u);
  let product = (high << 16u) | (low & 0xffffu);
  let fraction = product + sizes.start_fraction;
  let whole = sizes.start + i32(o * sizes.step + (high >> 16u) + u32(fraction < product));
  let t = f32(fraction) * 0x1p-32f;
  if (MODE == 2) { return Taps(whole - 1, cubic_weights(t)); }
  if (whole < 0) { return Taps(0, vec4f(1.0, 0.0, 0.0, 0.0)); }
  return Taps(whole, vec4f(1.0 - t, t, 0.0, 0.0));
}
