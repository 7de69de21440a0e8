import type { Gpu } from '../gpu/index.ts';
import { type Module, createNetwork as make, NETWORK_NAMES, type NetworkName } from '../nn/index.ts';

/** x [batch, 1, side, side] → [batch, 2]. */
export type Network = Module;

/** Networks that can be trained on ages. SqueezeNet is none: its outputs are never negative. */
export const AGE_NETWORKS = NETWORK_NAMES.filter((name) => name !== 'squeezenet1_0');

/** Features of the hidden layer that DenseNet-121 has before its outputs, as in the published zoo. */
const DENSENET_HIDDEN = 256;

/**
 * A network for one-channel pictures with two outputs, μ and s = log σ². With a seed it has first values; without it waits
 * for a state. Inception goes without its auxiliary head, which takes pictures of at least 299 × 299.
 */
export function createNetwork(gpu: Gpu, name: NetworkName, seed?: number): Network {
  const options = {
    gpu,
    inChannels: 1,
    outChannels: 2,
    auxLogits: false,
    ...(name === 'densenet121' && { hiddenFeatures: DENSENET_HIDDEN }),
    ...(seed === undefined ? {} : { seed }),
  };
  // Without the auxiliary head every network gives one tensor.
  return make(name, options) as Module;
}
