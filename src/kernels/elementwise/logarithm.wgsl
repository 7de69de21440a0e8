// Natural logarithm, also where drivers differ: −∞ at 0, NaN below, ∞ at ∞, told by bits.
fn logarithm(x: Value) -> Value {
  let bits = bitcast<Bits>(x);
  // −∞ and NaN by way of a variable, because WGSL has no constants for them.
  var special = vec2u(0xff800000u, 0x7fc00000u);
  let lowest = bitcast<f32>(special.x);
  let none = bitcast<f32>(special.y);
  let finite = select(log(x), x, bits == Bits(0x7f800000u));
  let positive = select(finite, Value(none), bits > Bits(0x80000000u));
  return kept(select(positive, Value(lowest), (bits << Bits(1u)) == Bits()), x);
}
