/**
 * Densely connected networks (Huang et al., "Densely connected convolutional networks", CVPR 2017) with torchvision's names,
 * layout and initialisation.
 *
 *   conv0 7×7/2 → norm0 → ReLU → pool0 3×3/2 → denseblock1 → transition1 → … → denseblock4 → norm5 → ReLU → mean → classifier
 */
import { defaultGpu, type Gpu } from '../../gpu/index.ts';
import { cat } from '../functional/cat.ts';
import { relu } from '../functional/elementwise.ts';
import { adaptiveAvgPool2d } from '../functional/pooling.ts';
import { flatten } from '../functional/reshape.ts';
import { ReLU } from '../layers/activations.ts';
import { BatchNorm2d } from '../layers/batch_norm2d.ts';
import { Conv2d, type Conv2dLayerOptions } from '../layers/conv2d.ts';
import { kaimingNormalFanIn, zeros } from '../layers/initialise.ts';
import { Linear } from '../layers/linear.ts';
import { Module } from '../layers/module.ts';
import { AvgPool2d, MaxPool2d, Sequential } from '../layers/simple.ts';
import { drop, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { NetworkOptions } from './options.ts';

/** What a DenseNet is to be. */
export interface DenseNetOptions extends NetworkOptions {
  /** Features of a hidden layer with ReLU before the outputs; none where left out or 0, as in torchvision. */
  hiddenFeatures?: number;
}

const GROWTH = 32;
/** Channels of the 1×1 convolution before each 3×3 one. */
const BOTTLENECK = 4 * GROWTH;
const STEM = 64;

function convolution(
  gpu: Gpu,
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  options: Conv2dLayerOptions = {},
): Conv2d {
  return new Conv2d(gpu, inChannels, outChannels, kernelSize, {
    ...options,
    bias: false,
    initialiser: kaimingNormalFanIn,
  });
}

/** x [batch, inChannels, height, width] → its own GROWTH channels. */
class DenseLayer extends Module {
  readonly norm1: BatchNorm2d;
  readonly conv1: Conv2d;
  readonly norm2: BatchNorm2d;
  readonly conv2: Conv2d;

  constructor(gpu: Gpu, inChannels: number) {
    super();
    this.norm1 = new BatchNorm2d(gpu, inChannels);
    this.conv1 = convolution(gpu, inChannels, BOTTLENECK, 1);
    this.norm2 = new BatchNorm2d(gpu, BOTTLENECK);
    this.conv2 = convolution(gpu, BOTTLENECK, GROWTH, 3, { padding: 1 });
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const narrow = scope(() => this.conv1.forward(this.norm1.forward(x, { activation: 'relu' })));
      return this.conv2.forward(this.norm2.forward(narrow, { activation: 'relu' }));
    });
  }
}

/** Layers that each see what went in and the outputs of all before: [inChannels] → [inChannels + layers · GROWTH]. */
class DenseBlock extends Module {
  readonly #layers: readonly DenseLayer[];

  constructor(gpu: Gpu, inChannels: number, layers: number) {
    super();
    this.#layers = Array.from({ length: layers }, (_, i) => new DenseLayer(gpu, inChannels + i * GROWTH));
  }

  override children(): [string, DenseLayer][] {
    return this.#layers.map((layer, i) => [`denselayer${i + 1}`, layer]);
  }

  forward(x: Tensor): Tensor {
    return scope(() =>
      this.#layers.reduce((features, layer) => {
        const joined = scope(() => cat([features, layer.forward(features)], 1));
        drop(features);
        return joined;
      }, x),
    );
  }
}

/** Halves channels and picture. */
function transition(gpu: Gpu, inChannels: number): Sequential {
  return new Sequential({
    norm: new BatchNorm2d(gpu, inChannels),
    relu: new ReLU(),
    conv: convolution(gpu, inChannels, inChannels / 2, 1),
    pool: new AvgPool2d(2),
  });
}

function classifier(gpu: Gpu, inFeatures: number, hiddenFeatures: number, outFeatures: number): Linear | Sequential {
  const linear = (from: number, to: number) => new Linear(gpu, from, to, { biasInitialiser: zeros });
  if (hiddenFeatures === 0) return linear(inFeatures, outFeatures);
  return new Sequential(linear(inFeatures, hiddenFeatures), new ReLU(), linear(hiddenFeatures, outFeatures));
}

/** x [batch, inChannels, height, width], at least 29 × 29 → [batch, outChannels]. */
export class DenseNet extends Module {
  readonly features: Sequential;
  readonly classifier: Linear | Sequential;

  constructor(
    depths: readonly number[],
    { gpu = defaultGpu(), inChannels = 3, outChannels = 1000, hiddenFeatures = 0, seed }: DenseNetOptions,
  ) {
    super();
    const features: Record<string, Module> = {
      conv0: convolution(gpu, inChannels, STEM, 7, { stride: 2, padding: 3 }),
      norm0: new BatchNorm2d(gpu, STEM),
      relu0: new ReLU(),
      pool0: new MaxPool2d(3, { stride: 2, padding: 1 }),
    };
    let channels = STEM;
    depths.forEach((layers, i) => {
      features[`denseblock${i + 1}`] = new DenseBlock(gpu, channels, layers);
      channels += layers * GROWTH;
      if (i === depths.length - 1) return;
      features[`transition${i + 1}`] = transition(gpu, channels);
      channels /= 2;
    });
    features.norm5 = new BatchNorm2d(gpu, channels);
    this.features = new Sequential(features);
    this.classifier = classifier(gpu, channels, hiddenFeatures, outChannels);
    if (seed !== undefined) this.initialise(seed);
  }

  /** Torchvision's own files are older than its names: "denselayer1.norm.1.weight" is "denselayer1.norm1.weight". */
  override knownAs(name: string): string {
    return name.replace(/(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)/, '$1$2');
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const features = relu(this.features.forward(x));
      return this.classifier.forward(flatten(adaptiveAvgPool2d(features, 1), 1));
    });
  }
}

/** DenseNet-121 (Huang et al. 2017): 8.0 million parameters with 1000 outputs. */
export function densenet121(options: DenseNetOptions): DenseNet {
  return new DenseNet([6, 12, 24, 16], options);
}
