/**
 * Residual networks (He et al., "Deep residual learning for image recognition", CVPR 2016) with torchvision's names, layout
 * and initialisation.
 *
 *   conv1 7×7/2 → bn1 → ReLU → max pool 3×3/2 → layer1 … layer4 (each but the first halves the picture) → mean → fc
 */
import { defaultGpu, type Gpu } from '../../gpu/index.ts';
import { adaptiveAvgPool2d, maxPool2d } from '../functional/pooling.ts';
import { flatten } from '../functional/reshape.ts';
import { BatchNorm2d } from '../layers/batch_norm2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { kaimingNormalFanOut } from '../layers/initialise.ts';
import { Linear } from '../layers/linear.ts';
import { Module } from '../layers/module.ts';
import { inTurn, Sequential } from '../layers/simple.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { NetworkOptions } from './options.ts';

function convolution(gpu: Gpu, inChannels: number, outChannels: number, kernelSize: 1 | 3 | 7, stride: number): Conv2d {
  const padding = (kernelSize - 1) / 2;
  return new Conv2d(gpu, inChannels, outChannels, kernelSize, {
    stride,
    padding,
    bias: false,
    initialiser: kaimingNormalFanOut,
  });
}

/** Matches the input to a block's output where size or channels change. */
function shortcut(gpu: Gpu, inChannels: number, outChannels: number, stride: number): Sequential | null {
  if (stride === 1 && inChannels === outChannels) return null;
  return new Sequential(convolution(gpu, inChannels, outChannels, 1, stride), new BatchNorm2d(gpu, outChannels));
}

/** Two 3×3 convolutions beside a shortcut. */
class BasicBlock extends Module {
  static readonly expansion = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | null;

  constructor(gpu: Gpu, inChannels: number, width: number, stride: number) {
    super();
    this.conv1 = convolution(gpu, inChannels, width, 3, stride);
    this.bn1 = new BatchNorm2d(gpu, width);
    this.conv2 = convolution(gpu, width, width, 3, 1);
    this.bn2 = new BatchNorm2d(gpu, width);
    this.downsample = shortcut(gpu, inChannels, width, stride);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const inner = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
      const outer = this.conv2.forward(inner);
      return this.bn2.forward(outer, { residual: this.downsample?.forward(x) ?? x, activation: 'relu' });
    });
  }
}

/** 1×1, 3×3 and 1×1 convolutions beside a shortcut; the stride is the 3×3's, as in torchvision. */
class Bottleneck extends Module {
  static readonly expansion = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly downsample: Sequential | null;

  constructor(gpu: Gpu, inChannels: number, width: number, stride: number) {
    super();
    const outChannels = width * Bottleneck.expansion;
    this.conv1 = convolution(gpu, inChannels, width, 1, 1);
    this.bn1 = new BatchNorm2d(gpu, width);
    this.conv2 = convolution(gpu, width, width, 3, stride);
    this.bn2 = new BatchNorm2d(gpu, width);
    this.conv3 = convolution(gpu, width, outChannels, 1, 1);
    this.bn3 = new BatchNorm2d(gpu, outChannels);
    this.downsample = shortcut(gpu, inChannels, outChannels, stride);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const narrow = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
      const inner = this.bn2.forward(this.conv2.forward(narrow), { activation: 'relu' });
      const outer = this.conv3.forward(inner);
      return this.bn3.forward(outer, { residual: this.downsample?.forward(x) ?? x, activation: 'relu' });
    });
  }
}

type Block = typeof BasicBlock | typeof Bottleneck;

const WIDTHS = [64, 128, 256, 512] as const;

/** x [batch, inChannels, height, width] → [batch, outChannels]. */
export class ResNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4: Sequential;
  readonly fc: Linear;

  constructor(block: Block, depths: readonly [number, number, number, number], options: NetworkOptions) {
    super();
    const { gpu = defaultGpu(), inChannels = 3, outChannels = 1000, seed } = options;
    this.conv1 = convolution(gpu, inChannels, 64, 7, 2);
    this.bn1 = new BatchNorm2d(gpu, 64);
    let channels = 64;
    const stage = (index: 0 | 1 | 2 | 3): Sequential => {
      const width = WIDTHS[index];
      const blocks = Array.from({ length: depths[index] }, (_, i) => {
        const made = new block(gpu, channels, width, i === 0 && index > 0 ? 2 : 1);
        channels = width * block.expansion;
        return made;
      });
      return new Sequential(...blocks);
    };
    this.layer1 = stage(0);
    this.layer2 = stage(1);
    this.layer3 = stage(2);
    this.layer4 = stage(3);
    this.fc = new Linear(gpu, channels, outChannels);
    if (seed !== undefined) this.initialise(seed);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const stem = scope(() => {
        const inner = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
        return maxPool2d(inner, 3, { stride: 2, padding: 1 });
      });
      const features = inTurn(stem, [this.layer1, this.layer2, this.layer3, this.layer4]);
      return this.fc.forward(flatten(adaptiveAvgPool2d(features, 1), 1));
    });
  }
}

/** ResNet-18 (He et al. 2016): 11.7 million parameters with 1000 outputs. */
export function resnet18(options: NetworkOptions): ResNet {
  return new ResNet(BasicBlock, [2, 2, 2, 2], options);
}

/** ResNet-34: 21.8 million parameters. */
export function resnet34(options: NetworkOptions): ResNet {
  return new ResNet(BasicBlock, [3, 4, 6, 3], options);
}

/** ResNet-50, of bottleneck blocks: 25.6 million parameters. */
export function resnet50(options: NetworkOptions): ResNet {
  return new ResNet(Bottleneck, [3, 4, 6, 3], options);
}

/** ResNet-101, of bottleneck blocks: 44.5 million parameters. */
export function resnet101(options: NetworkOptions): ResNet {
  return new ResNet(Bottleneck, [3, 4, 23, 3], options);
}
