/** What one network says. Years. */
export interface MemberPrediction {
  fold: number;
  age: number;
  /** Recalibrated. */
  sigma: number;
  /** As the network gives it. */
  sigma_raw: number;
}

/** An age as an ensemble of networks predicts it. Years. */
export interface AgePrediction {
  age: number;
  /** √(aleatoric² + epistemic²). */
  sigma: number;
  /** Root mean square of the members' recalibrated σ. */
  aleatoric: number;
  /** Deviation of the members' means. */
  epistemic: number;
  /** `sigma` from the members' σ before recalibration. */
  sigma_raw: number;
  members: MemberPrediction[];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean of the means; mean of the variances plus variance of the means. Rounded to single precision. */
export function combine(members: readonly MemberPrediction[]): AgePrediction {
  const age = mean(members.map((member) => member.age));
  const aleatoric = mean(members.map(({ sigma }) => sigma ** 2));
  const raw = mean(members.map(({ sigma_raw }) => sigma_raw ** 2));
  const epistemic = mean(members.map((member) => (member.age - age) ** 2));
  return {
    age: Math.fround(age),
    sigma: Math.fround(Math.sqrt(aleatoric + epistemic)),
    aleatoric: Math.fround(Math.sqrt(aleatoric)),
    epistemic: Math.fround(Math.sqrt(epistemic)),
    sigma_raw: Math.fround(Math.sqrt(raw + epistemic)),
    members: [...members],
  };
}
