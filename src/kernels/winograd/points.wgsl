// Winograd's F(4×4, 3×3) and F(3×3, 4×4): six values along each axis that determine a product of polynomials, its values
// at 0, ±P, ±Q and its leading coefficient.
//
// P · Q is near 1, and the powers of both are exact. Errors (rms, f32 against f64, results of 1.35) by these points, by the
// usual 0, ±1, ±2 with sums in one run, and of direct sums, in 10⁻⁶: 64 channels 0.8, 2.4, 0.6; 128 channels 0.8, 3.4, 0.8;
// 512 channels 0.9, 6.2, 1.6.
const P = 0.625;
const Q = 1.5;
const P2 = P * P;
const Q2 = Q * Q;
const P3 = P2 * P;
const Q3 = Q2 * Q;
/** What each value has to be divided by, once. */
const AT_0 = 1.0 / (P2 * Q2);
const AT_P = 1.0 / (2.0 * P2 * (P2 - Q2));
const AT_Q = 1.0 / (2.0 * Q2 * (Q2 - P2));

alias Six = array<f32, 6>;
