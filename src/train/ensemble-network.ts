/** The networks of all folds as one, for export: from a picture to an age in years and its σ. */
import { functional as F, Module, scope, type Tensor } from '../nn/index.ts';
import type { AgeModel } from './model-file.ts';
import type { Network } from './network.ts';

/**
 * picture [batch, 1, side, side] → age and sigma, [batch, 1] each: the mean of the members' means; the root of the mean of
 * their variances plus the variance of their means, as `combine` gives it.
 */
export class EnsembleNetwork extends Module<{ age: Tensor; sigma: Tensor }> {
  readonly member: readonly Network[];
  readonly #facts: AgeModel['members'];

  /** @param networks of the model's members, in their order, with their weights */
  constructor(networks: readonly Network[], { members }: Pick<AgeModel, 'members'>) {
    super();
    this.member = networks;
    this.#facts = members;
  }

  forward(picture: Tensor): { age: Tensor; sigma: Tensor } {
    return scope(() => {
      const said = this.member.map((network, i) => this.#inYears(network.forward(picture), i));
      const age = meanOf(said.map(({ mean }) => mean));
      const aleatoric = meanOf(said.map(({ variance }) => variance));
      const epistemic = meanOf(said.map(({ mean }) => F.square(F.sub(mean, age))));
      return { age, sigma: F.sqrt(F.add(aleatoric, epistemic)) };
    });
  }

  /** What a member says in years; its output is (μ, s = log σ²) on standardised ages. */
  #inYears(output: Tensor, index: number): { mean: Tensor; variance: Tensor } {
    const { standardisation, sigmaScale } = this.#facts[index] as AgeModel['members'][number];
    const [mu, s] = [F.slice(output, [null, { stop: 1 }]), F.slice(output, [null, { start: 1 }])];
    const mean = F.add(F.mul(mu, standardisation.deviation), standardisation.mean);
    return { mean, variance: F.mul(F.exp(s), (standardisation.deviation * sigmaScale) ** 2) };
  }
}

function meanOf(values: readonly Tensor[]): Tensor {
  return F.div(
    values.reduce((sum, value) => F.add(sum, value)),
    values.length,
  );
}
