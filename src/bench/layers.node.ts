/** GFLOP/s of every distinct convolution of ResNet-18, each pass, beside the multiply–add peak. */
import type { Gpu } from '../gpu/index.ts';
import {
  type Conv2dShape,
  conv2dFlops,
  conv2dForward,
  conv2dInputGradient,
  conv2dShape,
  conv2dWeightGradient,
} from '../kernels/conv2d/conv2d.ts';
import { inTurns, type Timing } from './measure.node.ts';
import { peakRun } from './peak.ts';

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

export const PASSES = ['forward', 'input_gradient', 'weight_gradient'] as const;

export interface LayerRates {
  layer: string;
  /** Multiply–add peak measured beside this layer. */
  peak_gflops: number;
  /** GFLOP/s and share of the peak by pass. */
  passes: Record<(typeof PASSES)[number], { gflops: number; share: number }>;
}

function passes(gpu: Gpu, shape: Conv2dShape): { tasks: (() => void)[]; release: () => void } {
  const xs = shape.batch * shape.inChannels * shape.height * shape.width;
  const ys = shape.batch * shape.outChannels * shape.outHeight * shape.outWidth;
  const ws = shape.outChannels * shape.inChannels * shape.kernel[0] * shape.kernel[1];
  const wave = (n: number) => gpu.upload(new Float32Array(n).map((_, i) => Math.sin(i)));
  const [x, weight, gy] = [wave(xs), wave(ws), wave(ys)];
  const [y, gx, gweight] = [gpu.alloc(4 * ys), gpu.alloc(4 * xs), gpu.alloc(4 * ws)];
  return {
    tasks: [
      () => conv2dForward(gpu, { x, weight, y, shape }),
      () => conv2dInputGradient(gpu, { gy, weight, gx, shape }),
      () => conv2dWeightGradient(gpu, { x, gy, gweight, shape }),
    ],
    release: () => {
      for (const buffer of [x, weight, gy, y, gx, gweight]) buffer.release();
    },
  };
}

/** Rates at pictures of 224², one layer after the other; `measure` says which of both times counts. */
export async function* layerRates(
  gpu: Gpu,
  batch: number,
  rounds: number,
  measure: keyof Timing,
  only = '',
): AsyncGenerator<LayerRates> {
  const peak = peakRun(gpu);
  const finished = (task: () => void) => () => {
    task();
    return gpu.finish();
  };
  for (const [layer, inChannels, outChannels, kernel, stride, divisor] of LAYERS) {
    if (!layer.includes(only)) continue;
    const [height, padding] = [224 / divisor, Math.floor(kernel / 2)];
    const shape = conv2dShape({ batch, inChannels, outChannels, height, width: height, kernel, stride, padding });
    const { tasks, release } = passes(gpu, shape);
    const all = [peak.run, ...tasks].map(finished);
    for (const task of all) await task();
    const times = await inTurns(all, { most: rounds, budget: Infinity });
    release();
    const rates = times.map(({ shortest }, i) => (i === 0 ? peak.flops : conv2dFlops(shape)) / shortest[measure] / 1e6);
    const [best = 1, ...rest] = rates;
    const entries = PASSES.map((pass, i) => [pass, { gflops: rest[i] as number, share: (rest[i] as number) / best }]);
    yield { layer, peak_gflops: best, passes: Object.fromEntries(entries) as LayerRates['passes'] };
  }
  peak.release();
}
