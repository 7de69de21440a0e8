import type { Gpu } from '../src/gpu/index.ts';
import { resnet18, resnet50, type StateDict } from '../src/nn/index.ts';

/** First weights of a network for pictures of one channel with two outputs, under PyTorch's names. */
export async function weights(gpu: Gpu, network: 'resnet18' | 'resnet50'): Promise<StateDict> {
  const made = { resnet18, resnet50 }[network]({ gpu, inChannels: 1, outChannels: 2, seed: 1 });
  const state = await made.stateDict();
  made.dispose();
  return state;
}
