/**
 * GFLOP/s of every distinct convolution of ResNet-18, each pass, and its share of the multiply–add peak measured beside it.
 *
 *   npx esbuild bench/conv.node.ts --bundle --platform=node --format=esm --packages=external --conditions=node \
 *     --loader:.wgsl=text --outfile=dist/bench/conv.js && node dist/bench/conv.js [size 224] [batch 1] [rounds 5] [layer]
 */
import { type Gpu, openGpu } from '../src/gpu/index.ts';
import {
  type Conv2dShape,
  conv2dFlops,
  conv2dForward,
  conv2dInputGradient,
  conv2dShape,
  conv2dWeightGradient,
} from '../src/kernels/conv2d/conv2d.ts';
import { measure } from './measure.node.ts';
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

const [size = 224, batch = 1, rounds = 5] = process.argv.slice(2, 5).map(Number);
const only = process.argv[5] ?? '';
const gpu = await openGpu();
const peak = peakRun(gpu);
console.log(`${gpu.info.name}, ${size}² × ${batch}; GFLOP/s and share of the peak`);
console.log(
  `${'layer'.padEnd(16)}${'forward'.padStart(16)}${'input gradient'.padStart(16)}${'weight gradient'.padStart(17)}${'peak'.padStart(8)}`,
);
for (const [name, inChannels, outChannels, kernel, stride, divisor] of LAYERS) {
  if (!name.includes(only)) continue;
  const [height, padding] = [size / divisor, Math.floor(kernel / 2)];
  const shape = conv2dShape({ batch, inChannels, outChannels, height, width: height, kernel, stride, padding });
  const { tasks, release } = passes(gpu, shape);
  const [peakTime = 1, ...times] = await measure(gpu, [peak.run, ...tasks], rounds);
  const best = peak.flops / peakTime / 1e6;
  const cells = times.map((time) => {
    const rate = conv2dFlops(shape) / time / 1e6;
    return `${rate.toFixed(1)} ${((100 * rate) / best).toFixed(0).padStart(3)} %`.padStart(16);
  });
  console.log(`${name.padEnd(16)}${cells.join('')}${best.toFixed(0).padStart(9)}`);
  release();
}
gpu.close();
