import type { Gpu } from '../gpu/index.ts';
import { type Module, resnet18 } from '../nn/index.ts';
import type { Config } from './config.ts';

export type Network = Module;

/** A fresh network for one-channel pictures with two outputs, μ and s = log σ²; its first weights follow from the seed. */
export function createNetwork(gpu: Gpu, _name: Config['model']['name'], seed: number): Network {
  return resnet18({ gpu, inChannels: 1, outChannels: 2, seed });
}
