import type { Gpu } from '../../gpu/index.ts';
import { linear } from '../functional/linear.ts';
import type { Tensor } from '../tensor.ts';
import { type Initialiser, uniformOverInputs } from './initialise.ts';
import { Module, type RandomOf } from './module.ts';
import { Parameter } from './parameter.ts';

export interface LinearOptions {
  /** Whether a bias is added; true where left out. */
  bias?: boolean;
  /** First values of the weight; PyTorch's default where left out. */
  initialiser?: Initialiser;
  /** First values of the bias; likewise. */
  biasInitialiser?: Initialiser;
}

/** x · weightᵀ + bias with learned weight [outFeatures, inFeatures] and bias [outFeatures]. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #options: LinearOptions;

  constructor(gpu: Gpu, inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    this.#options = options;
    this.weight = new Parameter(gpu, [outFeatures, inFeatures]);
    this.bias = (options.bias ?? true) ? new Parameter(gpu, [outFeatures]) : null;
  }

  override resetParameters(random: RandomOf): void {
    const standard = uniformOverInputs(this.weight.shape[1] as number);
    const { initialiser = standard, biasInitialiser = standard } = this.#options;
    this.weight.write(initialiser(this.weight.shape, random('weight')));
    this.bias?.write(biasInitialiser(this.bias.shape, random('bias')));
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
