// log(1 + u) for 0 ≤ u ≤ 1 to float32's last bits, also where u is so small that 1 + u is 1.
//
// 2 artanh(s) with s = u / (2 + u), s ≤ 1/3: a polynomial in s², fitted to a relative error of 4e-9.
fn log1p(u: Value) -> Value {
  let s = u / (2.0 + u);
  let s2 = s * s;
  let series = fma(s2, fma(s2, fma(s2, fma(s2, Value(0.1408917), Value(0.13980302)), Value(0.20012455)), Value(0.33333157)), Value(1.0));
  return 2.0 * s * series;
}
