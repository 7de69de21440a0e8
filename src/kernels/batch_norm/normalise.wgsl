// What apply.wgsl and forward.wgsl do to each place; put ahead of them, with walk.ts's `Stored`, `Value` and `Bits`.
//
// activation((x − mean) · scale + shift + residual). With RELU the activation is max(·, 0), by bits, because NaN has to pass.
// (x − c) − (mean − c) costs no digits however far the mean is from 0.

// max(v, 0) that keeps NaN: 0 for all bit patterns from −0 to −∞.
fn rectified(v: Value) -> Value {
  return select(v, Value(), bitcast<Bits>(v) - Bits(0x80000000u) <= Bits(0x7f800000u));
}

fn normalise(i: u32, known: vec4f, scale: Value, shift: Value) {
  var value = fma((Value(x[i]) - known.x) - known.y, scale, shift);
  if (RESIDUAL != 0) { value += Value(residual[i]); }
  if (RELU != 0) { value = rectified(value); }
  y[i] = Stored(value);
}
