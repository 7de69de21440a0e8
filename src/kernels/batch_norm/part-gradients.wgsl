// What gradient_parts.wgsl and gradients.wgsl do for one part of a channel; put ahead of them, with through.wgsl and walk.ts's
// types. Parts and their order as in part-statistics.wgsl. What ReLU let through is seen in the output or, where nothing was
// added to it, computed again from x, which spares a reading.

// g of a place: gy where the activation let the value through, d being x − mean there.
fn gradient_of(i: u32, d: Value, scale: Value, shift: Value) -> Value {
  let gradient = Value(gy[i]);
  if (RELU != 0 && RESIDUAL != 0) { return through(gradient, Value(y[i])); }
  if (RELU != 0) { return through(gradient, fma(d, scale, shift)); }
  return gradient;
}

// Of a part: Σ g · (x − mean), Σ g. With RELU and RESIDUAL g is kept, as the gradient of the residual.
fn part_gradients(channel: u32, part: u32, known: vec4f, scale: Value, shift: Value) -> vec2f {
  let step = 16u * sizes.parts;
  var products = Value();
  var sum = Value();
  for (var n = 0u; n < sizes.batch; n++) {
    let plane = (n * sizes.channels + channel) * sizes.length;
    for (var start = part; start < sizes.length; start += step) {
      var block_products = Value();
      var block_sum = Value();
      for (var p = start; p < min(start + step, sizes.length); p += sizes.parts) {
        let i = plane + p;
        let d = (Value(x[i]) - known.x) - known.y;
        let gradient = gradient_of(i, d, scale, shift);
        if (RELU != 0 && RESIDUAL != 0) { g[i] = Stored(gradient); }
        block_products = fma(gradient, d, block_products);
        block_sum += gradient;
      }
      products += block_products;
      sum += block_sum;
    }
  }
  return vec2f(total(products), total(sum));
}
