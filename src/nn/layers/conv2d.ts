import type { Gpu } from '../../gpu/index.ts';
import { conv2d } from '../functional/conv2d.ts';
import { pair, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Initialiser, uniformOverInputs } from './initialise.ts';
import { Module, type RandomOf } from './module.ts';
import { Parameter } from './parameter.ts';

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
    gpu: Gpu,
    inChannels: number,
    outChannels: number,
    kernelSize: number | [number, number],
    options: Conv2dLayerOptions = {},
  ) {
    super();
    this.#options = options;
    this.weight = new Parameter(gpu, [outChannels, inChannels / (options.groups ?? 1), ...pair(kernelSize)]);
    this.bias = (options.bias ?? true) ? new Parameter(gpu, [outChannels]) : null;
  }

  override resetParameters(random: RandomOf): void {
    const standard = uniformOverInputs(sizeOf(this.weight.shape.slice(1)));
    const { initialiser = standard, biasInitialiser = standard } = this.#options;
    this.weight.write(initialiser(this.weight.shape, random('weight')));
    this.bias?.write(biasInitialiser(this.bias.shape, random('bias')));
  }

  forward(x: Tensor): Tensor {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = this.#options;
    return conv2d(x, this.weight, { bias: this.bias, stride, padding, dilation, groups });
  }
}
