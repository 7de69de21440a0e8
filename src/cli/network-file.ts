/** A network of the registry with weights from a file: what `weights` and `export` share. */
import { readWholeFile } from '../formats/file-host.node.ts';
import { StoredTensor } from '../formats/safetensors.ts';
import { ownNames, readWeights, type Weights } from '../formats/weights.ts';
import type { Gpu } from '../gpu/index.ts';
import {
  createNetwork,
  type FitOptions,
  type LoadReport,
  NETWORK_NAMES,
  type Network,
  type NetworkName,
} from '../nn/index.ts';
import { fitted } from '../nn/layers/fit.ts';
import { UserError } from '../util/errors.ts';
import type { OptionValues } from './command.ts';

export const NETWORK_OPTIONS = {
  network: { type: 'text', value: 'NAME', help: 'the network that the weights are for' },
  prefix: {
    type: 'text',
    value: 'WORDS.',
    help: "what stands before the network's names in the file (found where left out)",
  },
  map: {
    type: 'text',
    value: 'FILE.json',
    help: 'the network\'s names for other names, as {"theirs": "ours"}; null leaves a tensor out',
  },
} as const;

type Options = OptionValues<typeof NETWORK_OPTIONS>;

/** @throws UserError when there is no such file or it holds no weights */
export async function weightsFile(file: string): Promise<Weights> {
  return readWeights(await readWholeFile(file), file);
}

export async function fitOptions({ prefix, map }: Options): Promise<FitOptions> {
  return {
    ...(prefix !== undefined && { prefix }),
    ...(map !== undefined && { keyMap: await keyMap(map) }),
  };
}

async function keyMap(file: string): Promise<Record<string, string | null>> {
  const text = new TextDecoder().decode(await readWholeFile(file));
  let table: unknown;
  try {
    table = JSON.parse(text);
  } catch {
    throw new UserError(`${file}: not JSON`);
  }
  const names = typeof table === 'object' && table !== null && !Array.isArray(table) ? Object.values(table) : [0];
  if (!names.every((name) => typeof name === 'string' || name === null))
    throw new UserError(`${file}: a key map is an object of names, {"theirs": "ours"}, null for what is left out`);
  return table as Record<string, string | null>;
}

/** For `--help`. */
export const NETWORKS_LISTED = `Networks: ${NETWORK_NAMES.join(', ')}.`;

export interface Fit {
  network: Network;
  inChannels: number;
  outChannels: number;
  report: LoadReport;
  /** The file's tensors under the network's names. */
  tensors: Map<string, StoredTensor>;
}

/** The network with as many channels and outputs as the file has, and what of the file fits it. */
export function fitNetwork(gpu: Gpu, name: NetworkName, weights: Weights, options: FitOptions): Fit {
  const own = ownNames(weights);
  const usual = createNetwork(name, { gpu });
  const named = fitted(own, usual.target, options).state;
  const sizes = sizesOf(usual, named);
  usual.dispose();
  const network = createNetwork(name, { gpu, ...sizes });
  const report = network.loadStateDict(own, { ...options, strict: false });
  const { state } = fitted(own, network.target, options);
  const tensors = [...state].filter((entry): entry is [string, StoredTensor] => entry[1] instanceof StoredTensor);
  return { network, ...sizes, report, tensors: new Map(tensors) };
}

/** Channels that the first convolution takes, and numbers that the last layer gives. */
function sizesOf(network: Network, state: ReadonlyMap<string, { shape: readonly number[] }>) {
  const tensors = network.namedTensors();
  const shapeOf = (name = ''): readonly number[] => state.get(name)?.shape ?? tensors.get(name)?.shape ?? [];
  const first = [...tensors].find(([, { shape }]) => shape.length === 4)?.[0];
  const last = [...network.namedParameters().keys()].at(-1);
  return { inChannels: shapeOf(first)[1] as number, outChannels: shapeOf(last)[0] as number };
}

/** Whether every tensor of the network is in the file and the reverse. */
export function fits({ missing, unexpected, misshapen }: LoadReport): boolean {
  return missing.length + unexpected.length + misshapen.length === 0;
}
