/** Weights of another task that training starts from. */
import { createHash } from 'node:crypto';
import { readWholeFile } from '../formats/file-host.node.ts';
import { ownNames, readWeights } from '../formats/weights.ts';
import type { Gpu } from '../gpu/index.ts';
import type { StateDict } from '../nn/index.ts';
import { messageOf, UserError } from '../util/errors.ts';
import type { Config } from './config.ts';
import { createNetwork } from './network.ts';

/** Keys as in weights.json of a run. */
export interface StartFacts {
  file: string;
  sha256: string;
  /** What was done to names and shapes, a line each. */
  notes: string[];
}

export interface Start extends StartFacts {
  /** What a fold starts from. */
  stateOf(fold: number): Promise<StateDict>;
}

/**
 * The weights that the settings name, null where they name none.
 * @throws UserError when they cannot be read, or fit the network in more than its first layer and head
 */
export async function readStart(gpu: Gpu, { model, seed }: Config): Promise<Start | null> {
  const { name, weights: file } = model;
  if (file === null) return null;
  const bytes = await readWholeFile(file);
  const weights = readWeights(bytes, file);
  const state = ownNames(weights);
  const network = createNetwork(gpu, name, seed);
  try {
    const { notes } = network.loadStateDict(state, { adapt: true });
    return { file, sha256: createHash('sha256').update(bytes).digest('hex'), notes, stateOf: async () => state };
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${file}, for ${name}: ${messageOf(error)}`) : error;
  } finally {
    network.dispose();
  }
}
