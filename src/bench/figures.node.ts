/** A few figures by which an adapter is told: rates it can reach at most, and what the engine reaches on it. */
import type { Gpu } from '../gpu/index.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import { type LayerRates, layerRates, TYPICAL_LAYERS } from './layers.node.ts';
import { copyLoad, type Load, peakLoad } from './limits.ts';
import { type Clock, inTurns, rates } from './measure.node.ts';
import type { AdapterRates } from './profile-table.ts';
import { inference, type Repeatable, trainingStep } from './resnet18.ts';

export interface Figures extends AdapterRates {
  /** Product of two square matrices of `matmul_size`. */
  matmul_gflops: number;
  matmul_size: number;
  convolutions: LayerRates[];
  /** Milliseconds of a ResNet-18 step at 224², batch 1. */
  train_224_b1_ms: number;
  infer_224_b1_ms: number;
}

const ROUNDS = 5;
/** Steps of which the shortest counts; a GPU that has been idle takes a while to raise its clock. */
const STEPS = { hardware: 50, lavapipe: 5, swiftshader: 5 };

/** Multiply–add peak and copy rate, in turns. */
export async function adapterRates(gpu: Gpu, clock: Clock): Promise<AdapterRates> {
  const loads = [peakLoad(gpu), copyLoad(gpu)];
  const [peak, copy] = (await rates(gpu, loads, ROUNDS, clock)) as [number, number];
  for (const load of loads) load.release();
  return { peak_gflops: peak / 1e9, copy_gbs: copy / 1e9 };
}

function matmulLoad(gpu: Gpu, size: number): Load {
  const wave = () => gpu.upload(Float32Array.from({ length: size * size }, (_, i) => Math.sin(i)));
  const [left, right, y] = [wave(), wave(), gpu.alloc(4 * size * size)];
  return {
    amount: 2 * size ** 3,
    queue: () => matmul(gpu, { left, right, y, rows: size, depth: size, columns: size }),
    release() {
      for (const buffer of [left, right, y]) buffer.release();
    },
  };
}

async function milliseconds(gpu: Gpu, one: Repeatable, clock: Clock): Promise<number> {
  const task = () => {
    one.queue();
    return one.settle();
  };
  await task();
  const [measured] = await inTurns([task], { most: STEPS[gpu.info.kind], budget: 10_000 });
  one.release();
  return measured?.shortest[clock] as number;
}

export async function figures(gpu: Gpu, clock: Clock): Promise<Figures> {
  const size = gpu.info.kind === 'hardware' ? 2048 : 512;
  const product = matmulLoad(gpu, size);
  const limits = await adapterRates(gpu, clock);
  const [rate] = (await rates(gpu, [product], ROUNDS, clock)) as [number];
  product.release();
  const convolutions: LayerRates[] = [];
  for await (const row of layerRates(gpu, TYPICAL_LAYERS, 1, ROUNDS, clock)) convolutions.push(row);
  return {
    ...limits,
    matmul_gflops: rate / 1e9,
    matmul_size: size,
    convolutions,
    train_224_b1_ms: await milliseconds(gpu, trainingStep(gpu, 1, 224), clock),
    infer_224_b1_ms: await milliseconds(gpu, inference(gpu, 1, 224), clock),
  };
}
