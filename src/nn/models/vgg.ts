/**
 * VGG networks (Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015)
 * with batch norm and torchvision's names, layout and initialisation.
 *
 *   features: 3×3 convolutions, halved five times → mean to 7 × 7 → classifier: three linear layers with dropout
 */
import { defaultGpu, type Gpu } from '../../gpu/index.ts';
import { flatten } from '../functional/reshape.ts';
import { ReLU } from '../layers/activations.ts';
import { BatchNorm2d } from '../layers/batch_norm2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { kaimingNormalFanOut, normal, zeros } from '../layers/initialise.ts';
import { Linear } from '../layers/linear.ts';
import { Module } from '../layers/module.ts';
import { AdaptiveAvgPool2d, MaxPool2d, Sequential } from '../layers/simple.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { NetworkOptions } from './options.ts';

/** What a VGG is to be. */
export interface VggOptions extends NetworkOptions {
  /** Share that dropout drops between the linear layers; 0.5 where left out. */
  dropout?: number;
  /** Features between the linear layers; 4096 where left out. These layers hold nine tenths of the network's parameters. */
  hiddenFeatures?: number;
}

const SIDE = 7;

type Stage = readonly number[];

/** Convolutions of these widths; the picture is halved after each stage. */
function features(gpu: Gpu, inChannels: number, stages: readonly Stage[]): Sequential {
  let channels = inChannels;
  const layers = stages.flatMap((stage): Module[] => {
    const convolutions = stage.flatMap((width): Module[] => {
      const options = { padding: 1, initialiser: kaimingNormalFanOut, biasInitialiser: zeros };
      const made = [new Conv2d(gpu, channels, width, 3, options), new BatchNorm2d(gpu, width), new ReLU()];
      channels = width;
      return made;
    });
    return [...convolutions, new MaxPool2d(2)];
  });
  return new Sequential(...layers);
}

function classifier(
  gpu: Gpu,
  inFeatures: number,
  { outChannels = 1000, dropout = 0.5, hiddenFeatures = 4096 }: VggOptions,
): Sequential {
  const options = { initialiser: normal(0.01), biasInitialiser: zeros };
  return new Sequential(
    new Linear(gpu, inFeatures, hiddenFeatures, options),
    new ReLU(),
    new Dropout(gpu, dropout),
    new Linear(gpu, hiddenFeatures, hiddenFeatures, options),
    new ReLU(),
    new Dropout(gpu, dropout),
    new Linear(gpu, hiddenFeatures, outChannels, options),
  );
}

/** x [batch, inChannels, height, width], at least 32 × 32 → [batch, outChannels]. */
export class Vgg extends Module {
  readonly features: Sequential;
  readonly avgpool: AdaptiveAvgPool2d;
  readonly classifier: Sequential;

  constructor(stages: readonly Stage[], options: VggOptions) {
    super();
    const { gpu = defaultGpu(), inChannels = 3, seed } = options;
    const channels = stages.at(-1)?.at(-1) as number;
    this.features = features(gpu, inChannels, stages);
    this.avgpool = new AdaptiveAvgPool2d(SIDE);
    this.classifier = classifier(gpu, channels * SIDE * SIDE, options);
    if (seed !== undefined) this.initialise(seed);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const pooled = scope(() => this.avgpool.forward(this.features.forward(x)));
      return this.classifier.forward(flatten(pooled, 1));
    });
  }
}

/** VGG-11 with batch norm: 129 million parameters with 1000 outputs. */
export function vgg11_bn(options: VggOptions): Vgg {
  return new Vgg([[64], [128], [256, 256], [512, 512], [512, 512]], options);
}
