/**
 * SqueezeNet 1.0 (Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50× fewer parameters", 2016) with torchvision's
 * names, layout and initialisation.
 *
 *   conv 7×7/2 → ReLU → eight fire modules, pooled three times in ceil mode → dropout → conv 1×1 → ReLU → mean
 */
import { defaultGpu, type Gpu } from '../../gpu/index.ts';
import { cat } from '../functional/cat.ts';
import { relu } from '../functional/elementwise.ts';
import { flatten } from '../functional/reshape.ts';
import { ReLU } from '../layers/activations.ts';
import { Conv2d, type Conv2dLayerOptions } from '../layers/conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { kaimingUniformFanIn, normal, zeros } from '../layers/initialise.ts';
import { Module } from '../layers/module.ts';
import { AdaptiveAvgPool2d, MaxPool2d, Sequential } from '../layers/simple.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { NetworkOptions } from './options.ts';

/** What a SqueezeNet is to be. */
export interface SqueezeNetOptions extends NetworkOptions {
  /** Share that dropout drops before the last convolution; 0.5 where left out. */
  dropout?: number;
}

function convolution(
  gpu: Gpu,
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  options: Conv2dLayerOptions = {},
): Conv2d {
  const initial = { initialiser: kaimingUniformFanIn, biasInitialiser: zeros };
  return new Conv2d(gpu, inChannels, outChannels, kernelSize, { ...initial, ...options });
}

/** Few channels of 1×1, then as many of 1×1 as of 3×3 beside one another: [inChannels] → [2 · expanded]. */
class Fire extends Module {
  readonly squeeze: Conv2d;
  readonly expand1x1: Conv2d;
  readonly expand3x3: Conv2d;

  constructor(gpu: Gpu, inChannels: number, squeezed: number, expanded: number) {
    super();
    this.squeeze = convolution(gpu, inChannels, squeezed, 1);
    this.expand1x1 = convolution(gpu, squeezed, expanded, 1);
    this.expand3x3 = convolution(gpu, squeezed, expanded, 3, { padding: 1 });
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const narrow = relu(this.squeeze.forward(x));
      return relu(cat([this.expand1x1.forward(narrow), this.expand3x3.forward(narrow)], 1));
    });
  }
}

/** x [batch, inChannels, height, width], at least 21 × 21 → [batch, outChannels], none below 0. */
export class SqueezeNet extends Module {
  readonly features: Sequential;
  readonly classifier: Sequential;

  constructor({ gpu = defaultGpu(), inChannels = 3, outChannels = 1000, dropout = 0.5, seed }: SqueezeNetOptions) {
    super();
    const pool = () => new MaxPool2d(3, { stride: 2, ceilMode: true });
    this.features = new Sequential(
      convolution(gpu, inChannels, 96, 7, { stride: 2 }),
      new ReLU(),
      pool(),
      new Fire(gpu, 96, 16, 64),
      new Fire(gpu, 128, 16, 64),
      new Fire(gpu, 128, 32, 128),
      pool(),
      new Fire(gpu, 256, 32, 128),
      new Fire(gpu, 256, 48, 192),
      new Fire(gpu, 384, 48, 192),
      new Fire(gpu, 384, 64, 256),
      pool(),
      new Fire(gpu, 512, 64, 256),
    );
    this.classifier = new Sequential(
      new Dropout(gpu, dropout),
      convolution(gpu, 512, outChannels, 1, { initialiser: normal(0.01) }),
      new ReLU(),
      new AdaptiveAvgPool2d(1),
    );
    if (seed !== undefined) this.initialise(seed);
  }

  forward(x: Tensor): Tensor {
    return scope(() => flatten(this.classifier.forward(this.features.forward(x)), 1));
  }
}

/** SqueezeNet 1.0 (Iandola et al. 2016): 1.2 million parameters with 1000 outputs. */
export function squeezenet1_0(options: SqueezeNetOptions): SqueezeNet {
  return new SqueezeNet(options);
}
