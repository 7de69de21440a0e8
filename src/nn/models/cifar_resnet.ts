/**
 * Residual networks for small pictures (He et al., "Deep residual learning for image recognition", CVPR 2016, section 4.2)
 * with the names, layout and initialisation of Y. Idelbayev's pytorch_resnet_cifar10, whose trained weights they load.
 *
 *   conv1 3×3 → bn1 → ReLU → layer1 (16 channels), layer2 (32, halved), layer3 (64, halved) → mean → linear
 */
import { defaultGpu, type Gpu } from '../../gpu/index.ts';
import { adaptiveAvgPool2d } from '../functional/pooling.ts';
import { flatten } from '../functional/reshape.ts';
import { pad, slice } from '../functional/strided.ts';
import { BatchNorm2d } from '../layers/batch_norm2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { kaimingNormalFanIn } from '../layers/initialise.ts';
import { Linear } from '../layers/linear.ts';
import { Module } from '../layers/module.ts';
import { inTurn, Sequential } from '../layers/simple.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { NetworkOptions } from './options.ts';

function convolution(gpu: Gpu, inChannels: number, outChannels: number, stride: number): Conv2d {
  const options = { stride, padding: 1, bias: false, initialiser: kaimingNormalFanIn };
  return new Conv2d(gpu, inChannels, outChannels, 3, options);
}

/** Every second pixel, with channels of zeros before and behind: the paper's shortcut A, which has no parameters. */
function halvedWithZeros(x: Tensor, outChannels: number): Tensor {
  return scope(() => {
    const added = (outChannels - (x.shape[1] as number)) / 2;
    return pad(slice(x, [null, null, { step: 2 }, { step: 2 }]), [0, 0, 0, 0, added, added]);
  });
}

/** Two 3×3 convolutions beside a shortcut. */
class Block extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly #halves: boolean;
  readonly #width: number;

  constructor(gpu: Gpu, inChannels: number, width: number) {
    super();
    this.#halves = inChannels !== width;
    this.#width = width;
    this.conv1 = convolution(gpu, inChannels, width, this.#halves ? 2 : 1);
    this.bn1 = new BatchNorm2d(gpu, width);
    this.conv2 = convolution(gpu, width, width, 1);
    this.bn2 = new BatchNorm2d(gpu, width);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const inner = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
      const outer = this.conv2.forward(inner);
      const residual = this.#halves ? halvedWithZeros(x, this.#width) : x;
      return this.bn2.forward(outer, { residual, activation: 'relu' });
    });
  }
}

const STEM = 16;

/** x [batch, inChannels, height, width], made for 32 × 32 → [batch, outChannels]. */
export class CifarResNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly linear: Linear;

  /** @param blocks of each layer; the network has 6 · blocks + 2 layers with weights */
  constructor(blocks: number, { gpu = defaultGpu(), inChannels = 3, outChannels = 10, seed }: NetworkOptions) {
    super();
    const layer = (channels: number, width: number): Sequential =>
      new Sequential(...Array.from({ length: blocks }, (_, i) => new Block(gpu, i === 0 ? channels : width, width)));
    this.conv1 = convolution(gpu, inChannels, STEM, 1);
    this.bn1 = new BatchNorm2d(gpu, STEM);
    this.layer1 = layer(STEM, STEM);
    this.layer2 = layer(STEM, 2 * STEM);
    this.layer3 = layer(2 * STEM, 4 * STEM);
    this.linear = new Linear(gpu, 4 * STEM, outChannels, { initialiser: kaimingNormalFanIn });
    if (seed !== undefined) this.initialise(seed);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const stem = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
      const features = inTurn(stem, [this.layer1, this.layer2, this.layer3]);
      return this.linear.forward(flatten(adaptiveAvgPool2d(features, 1), 1));
    });
  }
}

/** ResNet-20 for pictures of 32 × 32: 0.27 million parameters. */
export const resnet20 = (options: NetworkOptions): CifarResNet => new CifarResNet(3, options);
/** ResNet-32 for pictures of 32 × 32: 0.46 million parameters. */
export const resnet32 = (options: NetworkOptions): CifarResNet => new CifarResNet(5, options);
/** ResNet-44 for pictures of 32 × 32: 0.66 million parameters. */
export const resnet44 = (options: NetworkOptions): CifarResNet => new CifarResNet(7, options);
/** ResNet-56 for pictures of 32 × 32: 0.85 million parameters. */
export const resnet56 = (options: NetworkOptions): CifarResNet => new CifarResNet(9, options);
/** ResNet-110 for pictures of 32 × 32: 1.7 million parameters. */
export const resnet110 = (options: NetworkOptions): CifarResNet => new CifarResNet(18, options);
