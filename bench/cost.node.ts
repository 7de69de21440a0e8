import type { Gpu } from '../src/gpu/index.ts';
import { optim, type StateDict } from '../src/nn/index.ts';
import { createNetwork } from '../src/train/network.ts';
import { TrainStep } from '../src/train/step.ts';
import { type Case, data } from './cases.ts';

export interface StepCost {
  key: string;
  dispatches: number;
  submits: number;
  /** Milliseconds of JavaScript that queueing a recorded step takes. */
  javascript: number;
}

const MOST_ROUNDS = 20;
/** Milliseconds after which no further round begins. */
const BUDGET = 15_000;

/** What a recorded training step costs beside the device's work. The device is idle while JavaScript is timed. */
export async function stepCost(gpu: Gpu, each: Case, state: StateDict): Promise<StepCost> {
  const network = createNetwork(gpu, 'resnet18').train();
  network.loadStateDict(state);
  const optimizer = new optim.AdamW(network.namedParameters());
  const step = new TrainStep(gpu, network, optimizer, each.batch, each.side);
  const { pictures, targets } = data(each);
  const queue = () => {
    step.run(pictures, targets, 1e-4);
    return gpu.submit();
  };
  await queue();
  await gpu.finish();
  const before = { ...gpu.counts };
  const end = performance.now() + BUDGET;
  let [javascript, rounds] = [Infinity, 0];
  while (rounds < MOST_ROUNDS && (rounds === 0 || performance.now() < end)) {
    rounds++;
    const start = performance.now();
    await queue();
    javascript = Math.min(javascript, performance.now() - start);
    await gpu.finish();
  }
  const { dispatches, submits } = gpu.counts;
  await step.losses();
  step.release();
  optimizer.dispose();
  network.dispose();
  return {
    key: each.key,
    dispatches: (dispatches - before.dispatches) / rounds,
    submits: (submits - before.submits) / rounds,
    javascript,
  };
}
