// What ReLU lets through; put ahead of kernels with walk.ts's `Value` and `Bits`.

// gy, or 0 where v ≤ 0, by bits: NaN lets its gradient through.
fn through(gy: Value, v: Value) -> Value {
  let bits = bitcast<Bits>(v);
  let closed = (bits - Bits(0x80000000u) <= Bits(0x7f800000u)) | (bits == Bits());
  return select(gy, Value(), closed);
}
