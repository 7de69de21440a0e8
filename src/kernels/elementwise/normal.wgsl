// The normal distribution of GELU (Hendrycks and Gimpel 2016), and the logistic curve that may stand for it.

// Density exp(−x² / 2) / √(2π).
fn normal_density(x: Value) -> Value {
  return 0.3989422804 * exp(-0.5 * x * x);
}

// Share of the distribution below x, ½ erfc(−x / √2), to three units of the last place also far below 0.
//
// With z = |x| / √2 and t = 1 / (1 + ¾ z), erfc(z) · exp(z²) / t is smooth on 0 < t ≤ 1: a polynomial fitted to a relative
// error of 3e-8 for z up to 10, beyond which float32 has nothing left.
fn normal(x: Value) -> Value {
  let t = 1.0 / fma(abs(x), Value(0.75 * 0.7071067812), Value(1.0));
  var p = fma(t, Value(-0.126026466), Value(0.767623425));
  p = fma(t, p, Value(-1.95963335));
  p = fma(t, p, Value(2.60363245));
  p = fma(t, p, Value(-1.70673847));
  p = fma(t, p, Value(0.294989407));
  p = fma(t, p, Value(-0.0366488695));
  p = fma(t, p, Value(0.31744802));
  p = fma(t, p, Value(0.422182411));
  p = fma(t, p, Value(0.42317149));
  let below = 0.5 * t * p * exp(-0.5 * x * x);
  return select(below, 1.0 - below, x > Value());
}

// ½ (1 + tanh u) as 1 / (1 + exp(−2u)), u = √(2/π) (x + 0.044715 x³): close to `normal`.
fn logistic_normal(x: Value) -> Value {
  let twice = 1.5957691216 * x * fma(x * x, Value(0.044715), Value(1.0));
  return 1.0 / (1.0 + exp(-max(twice, Value(-85.0))));
}

// Derivative of x · logistic_normal(x).
fn logistic_gelu_slope(x: Value) -> Value {
  let share = logistic_normal(x);
  let slope = 1.5957691216 * fma(x * x, Value(3.0 * 0.044715), Value(1.0));
  return share + x * share * (1.0 - share) * slope;
}
