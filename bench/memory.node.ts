import type { Gpu } from '../src/gpu/index.ts';
import { heldFor } from '../src/nn/autograd.ts';
import { functional, keep, optim, type StateDict, scope, zeros } from '../src/nn/index.ts';
import { createNetwork } from '../src/train/network.ts';
import { TrainStep } from '../src/train/step.ts';
import type { Case } from './cases.ts';

/** Bytes of device memory that training takes, and what it cannot do without. */
export interface TrainingMemory {
  key: string;
  parameters: number;
  gradients: number;
  optimizer: number;
  /** Buffers that the graph of a forward pass holds for its backward pass, parameters left out. */
  activations: number;
  /** Everything on the device after training steps, what lies free included. */
  allocated: number;
  /** `allocated` over the sum of the others. */
  ratio: number;
}

/** Runs in a state in which the device holds nothing that lies free. */
export async function trainingMemory(gpu: Gpu, each: Case, state: StateDict): Promise<TrainingMemory> {
  await gpu.trim();
  const before = gpu.memory.allocated;
  const { batch, side } = each;
  const network = createNetwork(gpu, 'resnet18').train();
  network.loadStateDict(state);
  const optimizer = new optim.AdamW(network.namedParameters());
  const step = new TrainStep(gpu, network, optimizer, batch, side);
  const [pictures, targets] = [new Float32Array(batch * side * side), new Float32Array(batch)];
  for (let i = 0; i < 2; i++) step.run(pictures, targets, 1e-4);
  await step.losses();
  const allocated = gpu.memory.allocated - before;
  const parameters = network.parameters().reduce((sum, { size }) => sum + 4 * size, 0);
  const moments = 2 * parameters;
  step.release();
  optimizer.dispose();
  const activations = await heldActivations(gpu, network, batch, side);
  network.dispose();
  await gpu.trim();
  const needed = parameters + parameters + moments + activations;
  return {
    key: each.key,
    parameters,
    gradients: parameters,
    optimizer: moments,
    activations,
    allocated,
    ratio: allocated / needed,
  };
}

async function heldActivations(
  gpu: Gpu,
  network: ReturnType<typeof createNetwork>,
  batch: number,
  side: number,
): Promise<number> {
  const own = new Set([...network.namedTensors().values()].map(({ buffer }) => buffer));
  const [x, target] = [keep(zeros(gpu, [batch, 1, side, side])), keep(zeros(gpu, [batch]))];
  const bytes = scope(() => {
    const { node } = functional.gaussianNll(network.forward(x), target);
    if (!node) throw new Error('the loss has no graph');
    return [...heldFor(node)].reduce((sum, buffer) => sum + (own.has(buffer) ? 0 : buffer.bytes), 0);
  });
  await gpu.finish();
  x.dispose();
  target.dispose();
  return bytes;
}
