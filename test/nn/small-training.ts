import type { Gpu } from '../../src/gpu/index.ts';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  functional as F,
  Flatten,
  Linear,
  MaxPool2d,
  optim,
  ReLU,
  Sequential,
  type StateDict,
  scope,
  type Tensor,
  tensor,
} from '../../src/nn/index.ts';
import { randomStream } from '../../src/util/random.ts';

function network(gpu: Gpu): Sequential {
  return new Sequential(
    new Conv2d(gpu, 1, 4, 3, { padding: 1, bias: false }),
    new BatchNorm2d(gpu, 4),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Dropout(gpu, 0.25),
    new Linear(gpu, 64, 2),
  ).initialise(1);
}

export interface Training {
  model: Sequential;
  optimizer: optim.AdamW;
  x: Tensor;
  target: Tensor;
  /** Everything of a step but the optimiser's scalars. */
  step(): Tensor;
  /** New pictures and targets. */
  feed(index: number): void;
}

/** A small network with batch norm and dropout, its optimiser and made-up pictures. */
export function training(gpu: Gpu): Training {
  const model = network(gpu);
  const optimizer = new optim.AdamW(model.namedParameters(), { lr: 0.01 });
  const [x, target] = [tensor(gpu, new Float32Array(4 * 64), [4, 1, 8, 8]), tensor(gpu, new Float32Array(4))];
  const step = () =>
    scope(() => {
      optimizer.zeroGrad();
      const loss = F.gaussianNll(model.forward(x), target);
      loss.backward();
      optimizer.apply();
      return loss;
    });
  const feed = (index: number) => {
    const random = randomStream(5, 'feed', index);
    const pictures = Float32Array.from({ length: 256 }, () => random.normal());
    x.write(pictures);
    target.write(
      Float32Array.from({ length: 4 }, (_, i) => pictures.subarray(64 * i, 64 * i + 64).reduce((a, b) => a + b) / 8),
    );
  };
  return { model, optimizer, x, target, step, feed };
}

export function dispose({ model, optimizer, x, target }: Training): void {
  for (const each of [model, optimizer, x, target]) each.dispose();
}

export const STEPS = 6;

export interface Result {
  losses: number[];
  state: StateDict;
}

/** Some steps, each queued anew. */
export async function trainEagerly(gpu: Gpu): Promise<Result> {
  const run = training(gpu);
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    run.feed(i);
    run.optimizer.advance();
    const loss = run.step();
    losses.push(await loss.item());
    loss.dispose();
  }
  const state = await run.model.stateDict();
  dispose(run);
  return { losses, state };
}

/** The same steps, the first recorded and then replayed. */
export async function trainRecorded(gpu: Gpu): Promise<Result> {
  const run = training(gpu);
  const losses: number[] = [];
  run.feed(0);
  run.optimizer.advance();
  const { recording, result: loss } = gpu.record(run.step);
  losses.push(await loss.item());
  for (let i = 1; i < STEPS; i++) {
    run.feed(i);
    run.optimizer.advance();
    recording.replay();
    losses.push(await loss.item());
  }
  const state = await run.model.stateDict();
  loss.dispose();
  dispose(run);
  recording.release();
  return { losses, state };
}
