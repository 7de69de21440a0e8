import { type OnGpu, onGpu } from '../../gpu/index.ts';
import { checkOptions } from '../../util/options.ts';
import { conv2d } from '../functional/conv2d.ts';
import { pair, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Initialiser, uniformOverInputs } from './initialise.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** Options of the layer `Conv2d`. */
export interface Conv2dLayerOptions {
  /** One number, or height and width; likewise below. */
  stride?: number | [number, number];
  padding?: number | [number, number];
  dilation?: number | [number, number];
  groups?: number;
  /** Whether a bias is added; true where left out. */
  bias?: boolean;
  /** First values of the weight; PyTorch's default where left out. */
  initialiser?: Initialiser;
  /** First values of the bias; likewise. */
  biasInitialiser?: Initialiser;
}

/** Convolution with learned weight [outChannels, inChannels / groups, kernel height, kernel width] and bias. */
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #options: Conv2dLayerOptions;

  constructor(
    ...given: OnGpu<
      [inChannels: number, outChannels: number, kernelSize: number | [number, number], options?: Conv2dLayerOptions]
    >
  ) {
    super();
    const [gpu, inChannels, outChannels, kernelSize, options = {}] = onGpu(given);
    checkOptions('Conv2d', options, [
      'stride',
      'padding',
      'dilation',
      'groups',
      'bias',
      'initialiser',
      'biasInitialiser',
    ]);
    this.#options = options;
    const inputs = [inChannels / (options.groups ?? 1), ...pair(kernelSize)];
    const standard = uniformOverInputs(sizeOf(inputs));
    const { bias = true, initialiser = standard, biasInitialiser = standard } = options;
    this.weight = new Parameter(gpu, [outChannels, ...inputs], initialiser);
    this.bias = bias ? new Parameter(gpu, [outChannels], biasInitialiser) : null;
  }

  forward(x: Tensor): Tensor {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = this.#options;
    return conv2d(x, this.weight, { bias: this.bias, stride, padding, dilation, groups });
  }
}
