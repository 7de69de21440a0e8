import type { Gpu } from '../../gpu/index.ts';
import { linear } from '../functional/linear.ts';
import type { Tensor } from '../tensor.ts';
import { uniformOverInputs } from './initialise.ts';
import { Module, type RandomOf } from './module.ts';
import { Parameter } from './parameter.ts';

/** x · weightᵀ + bias with learned weight [outFeatures, inFeatures] and bias [outFeatures]. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(gpu: Gpu, inFeatures: number, outFeatures: number, { bias = true }: { bias?: boolean } = {}) {
    super();
    this.weight = new Parameter(gpu, [outFeatures, inFeatures]);
    this.bias = bias ? new Parameter(gpu, [outFeatures]) : null;
  }

  override resetParameters(random: RandomOf): void {
    const initialiser = uniformOverInputs(this.weight.shape[1] as number);
    this.weight.write(initialiser(this.weight.shape, random('weight')));
    this.bias?.write(initialiser(this.bias.shape, random('bias')));
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
