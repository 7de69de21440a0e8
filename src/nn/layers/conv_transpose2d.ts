import { type OnGpu, onGpu } from '../../gpu/index.ts';
import { checkOptions } from '../../util/options.ts';
import { convTranspose2d } from '../functional/conv_transpose2d.ts';
import { pair, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Initialiser, uniformOverInputs } from './initialise.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** Options of the layer `ConvTranspose2d`. */
export interface ConvTranspose2dLayerOptions {
  /** One number, or height and width; likewise below. */
  stride?: number | [number, number];
  padding?: number | [number, number];
  outputPadding?: number | [number, number];
  dilation?: number | [number, number];
  groups?: number;
  /** Whether a bias is added; true where left out. */
  bias?: boolean;
  /** First values of the weight; PyTorch's default where left out. */
  initialiser?: Initialiser;
}

const OPTIONS: readonly (keyof ConvTranspose2dLayerOptions)[] = [
  'stride',
  'padding',
  'outputPadding',
  'dilation',
  'groups',
  'bias',
  'initialiser',
];

/** Transposed convolution with learned weight [inChannels, outChannels / groups, kernel height, kernel width] and bias. */
export class ConvTranspose2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #options: ConvTranspose2dLayerOptions;

  constructor(
    ...given: OnGpu<
      [
        inChannels: number,
        outChannels: number,
        kernelSize: number | [number, number],
        options?: ConvTranspose2dLayerOptions,
      ]
    >
  ) {
    super();
    const [gpu, inChannels, outChannels, kernelSize, options = {}] = onGpu(given);
    checkOptions('ConvTranspose2d', options, OPTIONS);
    this.#options = options;
    const outputs = [outChannels / (options.groups ?? 1), ...pair(kernelSize)];
    const standard = uniformOverInputs(sizeOf(outputs));
    const { bias = true, initialiser = standard } = options;
    this.weight = new Parameter(gpu, [inChannels, ...outputs], initialiser);
    this.bias = bias ? new Parameter(gpu, [outChannels], standard) : null;
  }

  forward(x: Tensor): Tensor {
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = this.#options;
    return convTranspose2d(x, this.weight, { bias: this.bias, stride, padding, outputPadding, dilation, groups });
  }
}
