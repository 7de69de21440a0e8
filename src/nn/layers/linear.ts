import { type OnGpu, onGpu } from '../../gpu/index.ts';
import { checkOptions } from '../../util/options.ts';
import { linear } from '../functional/linear.ts';
import type { Tensor } from '../tensor.ts';
import { type Initialiser, uniformOverInputs } from './initialise.ts';
import { Module } from './module.ts';
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

  constructor(...given: OnGpu<[inFeatures: number, outFeatures: number, options?: LinearOptions]>) {
    super();
    const [gpu, inFeatures, outFeatures, options = {}] = onGpu(given);
    checkOptions('Linear', options, ['bias', 'initialiser', 'biasInitialiser']);
    const standard = uniformOverInputs(inFeatures);
    const { bias = true, initialiser = standard, biasInitialiser = standard } = options;
    this.weight = new Parameter(gpu, [outFeatures, inFeatures], initialiser);
    this.bias = bias ? new Parameter(gpu, [outFeatures], biasInitialiser) : null;
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
