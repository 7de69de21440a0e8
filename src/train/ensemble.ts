/** An age as an ensemble of networks predicts it. Years. */
export interface AgePrediction {
  age: number;
  /** √(aleatoric² + epistemic²). */
  sigma: number;
  /** Root mean square of the members' recalibrated σ. */
  aleatoric: number;
  /** Deviation of the members' means. */
  epistemic: number;
  members: { fold: number; age: number; sigma: number }[];
}

/** Mean of the means; mean of the variances plus variance of the means. Rounded to single precision. */
export function combine(members: readonly { fold: number; age: number; sigma: number }[]): AgePrediction {
  const n = members.length;
  const age = members.reduce((sum, member) => sum + member.age, 0) / n;
  const aleatoric = members.reduce((sum, member) => sum + member.sigma ** 2, 0) / n;
  const epistemic = members.reduce((sum, member) => sum + (member.age - age) ** 2, 0) / n;
  return {
    age: Math.fround(age),
    sigma: Math.fround(Math.sqrt(aleatoric + epistemic)),
    aleatoric: Math.fround(Math.sqrt(aleatoric)),
    epistemic: Math.fround(Math.sqrt(epistemic)),
    members: [...members],
  };
}
