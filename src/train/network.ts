import type { Gpu } from '../gpu/index.ts';
import { type ResNet, resnet18 } from '../nn/index.ts';

export type Network = ResNet;

/**
 * A network for one-channel pictures with two outputs, μ and s = log σ². With a seed it has first values; without it waits
 * for a state.
 */
export function createNetwork(gpu: Gpu, seed?: number): Network {
  return resnet18({ gpu, inChannels: 1, outChannels: 2, ...(seed === undefined ? {} : { seed }) });
}
