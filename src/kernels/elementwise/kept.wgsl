// `value`, but x itself where x is NaN, which is told by its bits: functions and comparisons of some drivers make numbers of
// it. For Value f32 or a vec4 of them; `Bits` are whole numbers of the same kind.
fn kept(value: Value, x: Value) -> Value {
  return select(value, x, (bitcast<Bits>(x) & Bits(0x7fffffffu)) > Bits(0x7f800000u));
}
