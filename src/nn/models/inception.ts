/**
 * Inception v3 (Szegedy et al., "Rethinking the Inception architecture for computer vision", CVPR 2016) with torchvision's
 * names, layout and initialisation.
 *
 *   stem to 192 channels (35 × 35 for a picture of 299 × 299) → Mixed_5b … 5d → 6a … 6e (17 × 17) → 7a … 7c (8 × 8)
 *   → mean → dropout → fc; in training also Mixed_6e → AuxLogits
 */
import { defaultGpu, type Gpu } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { cat } from '../functional/cat.ts';
import { add, mul } from '../functional/elementwise.ts';
import { adaptiveAvgPool2d, avgPool2d, maxPool2d } from '../functional/pooling.ts';
import { flatten } from '../functional/reshape.ts';
import { BatchNorm2d } from '../layers/batch_norm2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { normal } from '../layers/initialise.ts';
import { Linear } from '../layers/linear.ts';
import { Module } from '../layers/module.ts';
import { inTurn } from '../layers/simple.ts';
import { scope } from '../scope.ts';
import { type Tensor, tensor } from '../tensor.ts';
import type { NetworkOptions } from './options.ts';

/** What an Inception v3 is to be. */
export interface InceptionOptions extends NetworkOptions {
  /** Whether there is an auxiliary head, which training puts out beside the other; true where left out. */
  auxLogits?: boolean;
  /**
   * Whether pictures are brought from torchvision's normalisation (means and deviations of ImageNet's colours) to the range
   * −1 … 1, which weights that come from TensorFlow were trained on; false where left out.
   */
  transformInput?: boolean;
  /** Share that dropout drops before the head; 0.5 where left out. */
  dropout?: number;
}

/** What training gives: both heads, [batch, outChannels] each. */
export interface InceptionOutputs {
  logits: Tensor;
  auxLogits: Tensor;
}

type Pair = [height: number, width: number];

/** Values farther than 2 from 0 are drawn anew. */
const initialNormal = (deviation: number) => normal(deviation, 2);

/** Convolution, batch norm, ReLU. */
class BasicConv2d extends Module {
  readonly conv: Conv2d;
  readonly bn: BatchNorm2d;

  constructor(
    gpu: Gpu,
    inChannels: number,
    outChannels: number,
    kernelSize: number | Pair,
    options: { stride?: number; padding?: number | Pair } = {},
  ) {
    super();
    const convolution = { ...options, bias: false, initialiser: initialNormal(0.1) };
    this.conv = new Conv2d(gpu, inChannels, outChannels, kernelSize, convolution);
    this.bn = new BatchNorm2d(gpu, outChannels, { eps: 1e-3 });
  }

  forward(x: Tensor): Tensor {
    return scope(() => this.bn.forward(this.conv.forward(x), { activation: 'relu' }));
  }
}

const ROW: { kernel: Pair; padding: Pair } = { kernel: [1, 7], padding: [0, 3] };
const COLUMN: { kernel: Pair; padding: Pair } = { kernel: [7, 1], padding: [3, 0] };

function pooled(x: Tensor, projection: Module): Tensor {
  return scope(() => projection.forward(avgPool2d(x, 3, { stride: 1, padding: 1 })));
}

/** 35 × 35: branches of 1×1, 5×5, two 3×3 and pooling → 224 + poolFeatures channels. */
class InceptionA extends Module {
  readonly branch1x1: BasicConv2d;
  readonly branch5x5_1: BasicConv2d;
  readonly branch5x5_2: BasicConv2d;
  readonly branch3x3dbl_1: BasicConv2d;
  readonly branch3x3dbl_2: BasicConv2d;
  readonly branch3x3dbl_3: BasicConv2d;
  readonly branch_pool: BasicConv2d;

  constructor(gpu: Gpu, inChannels: number, poolFeatures: number) {
    super();
    this.branch1x1 = new BasicConv2d(gpu, inChannels, 64, 1);
    this.branch5x5_1 = new BasicConv2d(gpu, inChannels, 48, 1);
    this.branch5x5_2 = new BasicConv2d(gpu, 48, 64, 5, { padding: 2 });
    this.branch3x3dbl_1 = new BasicConv2d(gpu, inChannels, 64, 1);
    this.branch3x3dbl_2 = new BasicConv2d(gpu, 64, 96, 3, { padding: 1 });
    this.branch3x3dbl_3 = new BasicConv2d(gpu, 96, 96, 3, { padding: 1 });
    this.branch_pool = new BasicConv2d(gpu, inChannels, poolFeatures, 1);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const branches = [
        this.branch1x1.forward(x),
        inTurn(x, [this.branch5x5_1, this.branch5x5_2]),
        inTurn(x, [this.branch3x3dbl_1, this.branch3x3dbl_2, this.branch3x3dbl_3]),
        pooled(x, this.branch_pool),
      ];
      return cat(branches, 1);
    });
  }
}

/** 35 × 35 → 17 × 17: branches of 3×3, two 3×3 and pooling → inChannels + 480 channels. */
class InceptionB extends Module {
  readonly branch3x3: BasicConv2d;
  readonly branch3x3dbl_1: BasicConv2d;
  readonly branch3x3dbl_2: BasicConv2d;
  readonly branch3x3dbl_3: BasicConv2d;

  constructor(gpu: Gpu, inChannels: number) {
    super();
    this.branch3x3 = new BasicConv2d(gpu, inChannels, 384, 3, { stride: 2 });
    this.branch3x3dbl_1 = new BasicConv2d(gpu, inChannels, 64, 1);
    this.branch3x3dbl_2 = new BasicConv2d(gpu, 64, 96, 3, { padding: 1 });
    this.branch3x3dbl_3 = new BasicConv2d(gpu, 96, 96, 3, { stride: 2 });
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const branches = [
        this.branch3x3.forward(x),
        inTurn(x, [this.branch3x3dbl_1, this.branch3x3dbl_2, this.branch3x3dbl_3]),
        maxPool2d(x, 3, { stride: 2 }),
      ];
      return cat(branches, 1);
    });
  }
}

/** 17 × 17: branches of 1×1, 7×7 as row and column, two of these, and pooling → 768 channels. */
class InceptionC extends Module {
  readonly branch1x1: BasicConv2d;
  readonly branch7x7_1: BasicConv2d;
  readonly branch7x7_2: BasicConv2d;
  readonly branch7x7_3: BasicConv2d;
  readonly branch7x7dbl_1: BasicConv2d;
  readonly branch7x7dbl_2: BasicConv2d;
  readonly branch7x7dbl_3: BasicConv2d;
  readonly branch7x7dbl_4: BasicConv2d;
  readonly branch7x7dbl_5: BasicConv2d;
  readonly branch_pool: BasicConv2d;

  constructor(gpu: Gpu, inChannels: number, width: number) {
    super();
    const line = (from: number, to: number, { kernel, padding }: typeof ROW): BasicConv2d =>
      new BasicConv2d(gpu, from, to, kernel, { padding });
    this.branch1x1 = new BasicConv2d(gpu, inChannels, 192, 1);
    this.branch7x7_1 = new BasicConv2d(gpu, inChannels, width, 1);
    this.branch7x7_2 = line(width, width, ROW);
    this.branch7x7_3 = line(width, 192, COLUMN);
    this.branch7x7dbl_1 = new BasicConv2d(gpu, inChannels, width, 1);
    this.branch7x7dbl_2 = line(width, width, COLUMN);
    this.branch7x7dbl_3 = line(width, width, ROW);
    this.branch7x7dbl_4 = line(width, width, COLUMN);
    this.branch7x7dbl_5 = line(width, 192, ROW);
    this.branch_pool = new BasicConv2d(gpu, inChannels, 192, 1);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const branches = [
        this.branch1x1.forward(x),
        inTurn(x, [this.branch7x7_1, this.branch7x7_2, this.branch7x7_3]),
        inTurn(x, [
          this.branch7x7dbl_1,
          this.branch7x7dbl_2,
          this.branch7x7dbl_3,
          this.branch7x7dbl_4,
          this.branch7x7dbl_5,
        ]),
        pooled(x, this.branch_pool),
      ];
      return cat(branches, 1);
    });
  }
}

/** 17 × 17 → 8 × 8: branches of 3×3, 7×7 and 3×3, and pooling → inChannels + 512 channels. */
class InceptionD extends Module {
  readonly branch3x3_1: BasicConv2d;
  readonly branch3x3_2: BasicConv2d;
  readonly branch7x7x3_1: BasicConv2d;
  readonly branch7x7x3_2: BasicConv2d;
  readonly branch7x7x3_3: BasicConv2d;
  readonly branch7x7x3_4: BasicConv2d;

  constructor(gpu: Gpu, inChannels: number) {
    super();
    this.branch3x3_1 = new BasicConv2d(gpu, inChannels, 192, 1);
    this.branch3x3_2 = new BasicConv2d(gpu, 192, 320, 3, { stride: 2 });
    this.branch7x7x3_1 = new BasicConv2d(gpu, inChannels, 192, 1);
    this.branch7x7x3_2 = new BasicConv2d(gpu, 192, 192, ROW.kernel, { padding: ROW.padding });
    this.branch7x7x3_3 = new BasicConv2d(gpu, 192, 192, COLUMN.kernel, { padding: COLUMN.padding });
    this.branch7x7x3_4 = new BasicConv2d(gpu, 192, 192, 3, { stride: 2 });
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const branches = [
        inTurn(x, [this.branch3x3_1, this.branch3x3_2]),
        inTurn(x, [this.branch7x7x3_1, this.branch7x7x3_2, this.branch7x7x3_3, this.branch7x7x3_4]),
        maxPool2d(x, 3, { stride: 2 }),
      ];
      return cat(branches, 1);
    });
  }
}

/** 8 × 8: branches of 1×1, 3×3 as row beside column, two 3×3 likewise, and pooling → 2048 channels. */
class InceptionE extends Module {
  readonly branch1x1: BasicConv2d;
  readonly branch3x3_1: BasicConv2d;
  readonly branch3x3_2a: BasicConv2d;
  readonly branch3x3_2b: BasicConv2d;
  readonly branch3x3dbl_1: BasicConv2d;
  readonly branch3x3dbl_2: BasicConv2d;
  readonly branch3x3dbl_3a: BasicConv2d;
  readonly branch3x3dbl_3b: BasicConv2d;
  readonly branch_pool: BasicConv2d;

  constructor(gpu: Gpu, inChannels: number) {
    super();
    const row = () => new BasicConv2d(gpu, 384, 384, [1, 3], { padding: [0, 1] });
    const column = () => new BasicConv2d(gpu, 384, 384, [3, 1], { padding: [1, 0] });
    this.branch1x1 = new BasicConv2d(gpu, inChannels, 320, 1);
    this.branch3x3_1 = new BasicConv2d(gpu, inChannels, 384, 1);
    this.branch3x3_2a = row();
    this.branch3x3_2b = column();
    this.branch3x3dbl_1 = new BasicConv2d(gpu, inChannels, 448, 1);
    this.branch3x3dbl_2 = new BasicConv2d(gpu, 448, 384, 3, { padding: 1 });
    this.branch3x3dbl_3a = row();
    this.branch3x3dbl_3b = column();
    this.branch_pool = new BasicConv2d(gpu, inChannels, 192, 1);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const single = this.branch3x3_1.forward(x);
      const double = inTurn(x, [this.branch3x3dbl_1, this.branch3x3dbl_2]);
      const branches = [
        this.branch1x1.forward(x),
        this.branch3x3_2a.forward(single),
        this.branch3x3_2b.forward(single),
        this.branch3x3dbl_3a.forward(double),
        this.branch3x3dbl_3b.forward(double),
        pooled(x, this.branch_pool),
      ];
      return cat(branches, 1);
    });
  }
}

/** The auxiliary head: x [batch, 768, 17, 17] or larger → [batch, outChannels]. */
class InceptionAux extends Module {
  readonly conv0: BasicConv2d;
  readonly conv1: BasicConv2d;
  readonly fc: Linear;

  constructor(gpu: Gpu, inChannels: number, outChannels: number) {
    super();
    this.conv0 = new BasicConv2d(gpu, inChannels, 128, 1);
    this.conv1 = new BasicConv2d(gpu, 128, 768, 5);
    this.fc = new Linear(gpu, 768, outChannels, { initialiser: initialNormal(0.001) });
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const features = inTurn(avgPool2d(x, 5, { stride: 3 }), [this.conv0, this.conv1]);
      return this.fc.forward(flatten(adaptiveAvgPool2d(features, 1), 1));
    });
  }
}

/** Red, green and blue: deviation and mean of ImageNet, by which torchvision's pictures are normalised. */
const COLOURS = [
  [0.229, 0.485],
  [0.224, 0.456],
  [0.225, 0.406],
] as const;

/** From (value − mean) / deviation to (value − ½) / ½. */
function transformed(x: Tensor): Tensor {
  return scope(() => {
    const scale = COLOURS.map(([deviation]) => deviation / 0.5);
    const shift = COLOURS.map(([, mean]) => (mean - 0.5) / 0.5);
    return add(mul(x, tensor(x.gpu, scale, [1, 3, 1, 1])), tensor(x.gpu, shift, [1, 3, 1, 1]));
  });
}

/**
 * x [batch, inChannels, height, width], at least 75 × 75 → [batch, outChannels]; in training with the auxiliary head, which
 * takes at least 299 × 299, both heads' outputs.
 */
export class Inception3 extends Module<Tensor | InceptionOutputs> {
  readonly Conv2d_1a_3x3: BasicConv2d;
  readonly Conv2d_2a_3x3: BasicConv2d;
  readonly Conv2d_2b_3x3: BasicConv2d;
  readonly Conv2d_3b_1x1: BasicConv2d;
  readonly Conv2d_4a_3x3: BasicConv2d;
  readonly Mixed_5b: InceptionA;
  readonly Mixed_5c: InceptionA;
  readonly Mixed_5d: InceptionA;
  readonly Mixed_6a: InceptionB;
  readonly Mixed_6b: InceptionC;
  readonly Mixed_6c: InceptionC;
  readonly Mixed_6d: InceptionC;
  readonly Mixed_6e: InceptionC;
  readonly AuxLogits: InceptionAux | null;
  readonly Mixed_7a: InceptionD;
  readonly Mixed_7b: InceptionE;
  readonly Mixed_7c: InceptionE;
  readonly dropout: Dropout;
  readonly fc: Linear;
  readonly #transformInput: boolean;

  constructor(options: InceptionOptions) {
    super();
    const { gpu = defaultGpu(), inChannels = 3, outChannels = 1000, dropout = 0.5, seed } = options;
    const { auxLogits = true, transformInput = false } = options;
    if (transformInput && inChannels !== 3)
      throw new UserError(`inception_v3: transformInput is for pictures of 3 colours, not of ${inChannels} channels`);
    this.#transformInput = transformInput;
    this.Conv2d_1a_3x3 = new BasicConv2d(gpu, inChannels, 32, 3, { stride: 2 });
    this.Conv2d_2a_3x3 = new BasicConv2d(gpu, 32, 32, 3);
    this.Conv2d_2b_3x3 = new BasicConv2d(gpu, 32, 64, 3, { padding: 1 });
    this.Conv2d_3b_1x1 = new BasicConv2d(gpu, 64, 80, 1);
    this.Conv2d_4a_3x3 = new BasicConv2d(gpu, 80, 192, 3);
    this.Mixed_5b = new InceptionA(gpu, 192, 32);
    this.Mixed_5c = new InceptionA(gpu, 256, 64);
    this.Mixed_5d = new InceptionA(gpu, 288, 64);
    this.Mixed_6a = new InceptionB(gpu, 288);
    this.Mixed_6b = new InceptionC(gpu, 768, 128);
    this.Mixed_6c = new InceptionC(gpu, 768, 160);
    this.Mixed_6d = new InceptionC(gpu, 768, 160);
    this.Mixed_6e = new InceptionC(gpu, 768, 192);
    this.AuxLogits = auxLogits ? new InceptionAux(gpu, 768, outChannels) : null;
    this.Mixed_7a = new InceptionD(gpu, 768);
    this.Mixed_7b = new InceptionE(gpu, 1280);
    this.Mixed_7c = new InceptionE(gpu, 2048);
    this.dropout = new Dropout(gpu, dropout);
    this.fc = new Linear(gpu, 2048, outChannels, { initialiser: initialNormal(0.1) });
    if (seed !== undefined) this.initialise(seed);
  }

  override knownAs(name: string): string | null {
    return this.AuxLogits === null && name.startsWith('AuxLogits.') ? null : name;
  }

  forward(x: Tensor): Tensor | InceptionOutputs {
    return scope(() => {
      const features = this.#trunk(x);
      const auxLogits = this.training ? this.AuxLogits?.forward(features) : undefined;
      const logits = this.#head(features);
      return auxLogits ? { logits, auxLogits } : logits;
    });
  }

  #trunk(x: Tensor): Tensor {
    return scope(() => {
      const colours = this.#transformInput ? transformed(x) : x;
      const edges = inTurn(colours, [this.Conv2d_1a_3x3, this.Conv2d_2a_3x3, this.Conv2d_2b_3x3]);
      const stem = inTurn(maxPool2d(edges, 3, { stride: 2 }), [this.Conv2d_3b_1x1, this.Conv2d_4a_3x3]);
      const middle = inTurn(maxPool2d(stem, 3, { stride: 2 }), [this.Mixed_5b, this.Mixed_5c, this.Mixed_5d]);
      return inTurn(middle, [this.Mixed_6a, this.Mixed_6b, this.Mixed_6c, this.Mixed_6d, this.Mixed_6e]);
    });
  }

  #head(x: Tensor): Tensor {
    return scope(() => {
      const features = inTurn(x, [this.Mixed_7a, this.Mixed_7b, this.Mixed_7c]);
      return this.fc.forward(flatten(this.dropout.forward(adaptiveAvgPool2d(features, 1)), 1));
    });
  }
}

/** Inception v3 (Szegedy et al. 2016). */
export function inception_v3(options: InceptionOptions): Inception3 {
  return new Inception3(options);
}
