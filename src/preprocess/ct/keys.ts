/**
 * Weights of four neighbours for the place `t` between the inner two: cubic convolution, exact for squares (Keys, "Cubic
 * convolution interpolation for digital image processing", 1981, a = −1/2).
 */
export function keysWeights(t: number, weights: Float64Array): void {
  const u = 1 - t;
  weights[0] = -0.5 * t * u * u;
  weights[1] = 1 + t * t * (1.5 * t - 2.5);
  weights[2] = 1 + u * u * (1.5 * u - 2.5);
  weights[3] = -0.5 * u * t * t;
}
