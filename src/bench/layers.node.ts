/** GFLOP/s of the convolutions of ResNet-18, each pass, beside the multiply–add peak. */
import type { Gpu } from '../gpu/index.ts';
import {
  type Conv2dShape,
  conv2dFlops,
  conv2dForward,
  conv2dInputGradient,
  conv2dShape,
  conv2dWeightGradient,
} from '../kernels/conv2d/conv2d.ts';
import { type Load, peakLoad } from './limits.ts';
import { type Clock, rates } from './measure.node.ts';

/** Name, channels in and out, kernel, stride, and what the picture has been divided by. */
const LAYERS: [string, number, number, number, number, number][] = [
  ['stem 7×7 /2', 1, 64, 7, 2, 1],
  ['64 3×3', 64, 64, 3, 1, 4],
  ['64–128 3×3 /2', 64, 128, 3, 2, 4],
  ['64–128 1×1 /2', 64, 128, 1, 2, 4],
  ['128 3×3', 128, 128, 3, 1, 8],
  ['128–256 3×3 /2', 128, 256, 3, 2, 8],
  ['128–256 1×1 /2', 128, 256, 1, 2, 8],
  ['256 3×3', 256, 256, 3, 1, 16],
  ['256–512 3×3 /2', 256, 512, 3, 2, 16],
  ['256–512 1×1 /2', 256, 512, 1, 2, 16],
  ['512 3×3', 512, 512, 3, 1, 32],
];

/** All distinct convolutions of ResNet-18, and those by which an adapter is told quickly. */
export const LAYER_NAMES: readonly string[] = LAYERS.map(([name]) => name);
export const TYPICAL_LAYERS = ['64 3×3', '128–256 3×3 /2', '256 3×3'];

export const PASSES = ['forward', 'input_gradient', 'weight_gradient'] as const;

export interface LayerRates {
  layer: string;
  /** Multiply–add peak measured beside this layer. */
  peak_gflops: number;
  /** GFLOP/s and share of the peak by pass. */
  passes: Record<(typeof PASSES)[number], { gflops: number; share: number }>;
}

function passLoads(gpu: Gpu, shape: Conv2dShape): { loads: Load[]; release: () => void } {
  const xs = shape.batch * shape.inChannels * shape.height * shape.width;
  const ys = shape.batch * shape.outChannels * shape.outHeight * shape.outWidth;
  const ws = shape.outChannels * shape.inChannels * shape.kernel[0] * shape.kernel[1];
  const wave = (n: number) => gpu.upload(new Float32Array(n).map((_, i) => Math.sin(i)));
  const [x, weight, gy] = [wave(xs), wave(ws), wave(ys)];
  const [y, gx, gweight] = [gpu.alloc(4 * ys), gpu.alloc(4 * xs), gpu.alloc(4 * ws)];
  const amount = conv2dFlops(shape);
  const queues = [
    () => conv2dForward(gpu, { x, weight, y, shape }),
    () => conv2dInputGradient(gpu, { gy, weight, gx, shape }),
    () => conv2dWeightGradient(gpu, { x, gy, gweight, shape }),
  ];
  return {
    loads: queues.map((queue) => ({ amount, queue, release() {} })),
    release() {
      for (const buffer of [x, weight, gy, y, gx, gweight]) buffer.release();
    },
  };
}

/** Rates of these layers for pictures of 224², one layer after the other. */
export async function* layerRates(
  gpu: Gpu,
  names: readonly string[],
  batch: number,
  rounds: number,
  clock: Clock,
): AsyncGenerator<LayerRates> {
  const peak = peakLoad(gpu);
  for (const [layer, inChannels, outChannels, kernel, stride, divisor] of LAYERS) {
    if (!names.includes(layer)) continue;
    const [height, padding] = [224 / divisor, Math.floor(kernel / 2)];
    const shape = conv2dShape({ batch, inChannels, outChannels, height, width: height, kernel, stride, padding });
    const { loads, release } = passLoads(gpu, shape);
    const [best = 1, ...rest] = await rates(gpu, [peak, ...loads], rounds, clock);
    release();
    const entries = PASSES.map((pass, i) => {
      const rate = rest[i] as number;
      return [pass, { gflops: rate / 1e9, share: rate / best }];
    });
    yield { layer, peak_gflops: best / 1e9, passes: Object.fromEntries(entries) as LayerRates['passes'] };
  }
  peak.release();
}

/** One line for each layer, below LAYER_HEADING. */
export const LAYER_HEADING = `${'GFLOP/s, share'.padEnd(18)}${'forward'.padStart(14)}${'input gradient'.padStart(18)}${'weight gradient'.padStart(18)}${'peak'.padStart(10)}`;

export function layerLine({ layer, peak_gflops, passes }: LayerRates): string {
  const cells = PASSES.map((pass, i) => {
    const { gflops, share } = passes[pass];
    return `${gflops.toFixed(1)} ${(100 * share).toFixed(0).padStart(3)} %`.padStart(i === 0 ? 14 : 18);
  });
  return `${layer.padEnd(18)}${cells.join('')}${peak_gflops.toFixed(0).padStart(10)}`;
}
