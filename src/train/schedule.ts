/** Learning rates of a training, as its settings choose them. */
import { optim } from '../nn/index.ts';
import type { TrainSettings } from './config.ts';

/** Names of the schedules: `train.schedule`. */
export const SCHEDULES = ['cosine', 'linear', 'step', 'constant', 'one_cycle'] as const;

/** Share of the peak at which cosine and line end. */
const END = 0.01;

/**
 * Learning rate, and where the schedule moves it momentum, as functions of the step, counted from 0 over the whole training.
 * All but `one_cycle` rise linearly over the warm-up and then count from the peak: half a cosine or a line down to 1 % of
 * it, falls by `step_factor` every `step_epochs` epochs of the whole training, or no change. `one_cycle` rises by half a
 * cosine from 1/25 of the peak over the warm-up's share, falls to almost nothing, and moves AdamW's first beta against it.
 *
 * @param total steps of the whole training
 * @param perEpoch steps of an epoch
 */
export function scheduleOf(settings: TrainSettings, total: number, perEpoch: number): optim.Schedules {
  const { schedule, warmup, learning_rate: peak } = settings;
  if (schedule === 'one_cycle')
    return optim.oneCycleLR({ maxLr: peak, totalSteps: Math.max(2, total), pctStart: warmup });
  const rising = Math.round(total * warmup);
  const falling = Math.max(1, total - rising - 1);
  const after: Record<typeof schedule, () => optim.Schedule> = {
    cosine: () => optim.cosineAnnealingLR({ tMax: falling, etaMin: END * peak }),
    linear: () => optim.linearLR({ startFactor: 1, endFactor: END, totalIters: falling }),
    step: () => {
      const fall = optim.stepLR({ stepSize: settings.step_epochs * perEpoch, gamma: settings.step_factor });
      return (base, step) => fall(base, step + rising);
    },
    constant: () => (base) => base,
  };
  return { lr: optim.warmUp(rising, after[schedule]()) };
}
