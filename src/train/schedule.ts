import { optim } from '../nn/index.ts';

/** Share of the peak at which the cosine ends. */
const END = 0.01;

/**
 * Learning rate of a step: rises linearly over the warm-up, then falls as half a cosine to 1 % of the peak.
 * @param step counted from 0 over the whole training
 * @param total steps of the whole training
 * @param warmup share of the steps
 */
export function learningRate(step: number, total: number, peak: number, warmup: number): number {
  const rising = Math.round(total * warmup);
  const falling = optim.cosineAnnealingLR({ tMax: Math.max(1, total - rising - 1), etaMin: END * peak });
  return optim.warmUp(rising, falling)(peak, step);
}
