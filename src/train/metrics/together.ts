/** Cross-validation that was repeated: what several models that never saw a patient say of him together. */
import { mean } from './moments.ts';
import type { Prediction } from './prediction.ts';

/** Share of the members' variance that is left at least. */
const LEAST = 0.25;

/**
 * The members' predictions of one picture as one. Years, rounded to single precision.
 *
 * The mean of the means; the mean squared error of the members is that of their mean plus the variance among them, so what
 * each member's recalibrated σ² holds of its own error, that of the mean holds less that variance. σ before recalibration is
 * that of the mixture, which tells the variance among the members apart from what each of them sees.
 * @param members of the same picture; the first says what it belongs to
 */
export function together(members: readonly Prediction[]): Prediction {
  const [first] = members;
  if (!first) throw new RangeError('no member says anything');
  const age = mean(members.map((each) => each.mean));
  const among = mean(members.map((each) => (each.mean - age) ** 2));
  const variance = mean(members.map(({ sigma }) => sigma ** 2));
  const raw = mean(members.map(({ sigma_raw }) => sigma_raw ** 2));
  return {
    ...first,
    mean: Math.fround(age),
    sigma: Math.fround(Math.sqrt(Math.max(variance - among, LEAST * variance))),
    sigma_raw: Math.fround(Math.sqrt(raw + among)),
    training_mean: mean(members.map(({ training_mean }) => training_mean)),
  };
}
