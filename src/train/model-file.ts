/**
 * `model.safetensors`: all that inference needs, in one file that Node and browsers read alike: the weights of every fold
 * under "member.K.NAME", and in the metadata how pictures are made and how outputs become years.
 */
import { readSafetensors, type TensorToStore, writeSafetensors } from '../formats/safetensors.ts';
import { NETWORK_NAMES, type NetworkName, type StateDict } from '../nn/index.ts';
import { UserError } from '../util/errors.ts';
import type { Standardisation } from './standardise.ts';

/** The network of one fold. */
export interface Member {
  fold: number;
  standardisation: Standardisation;
  /** Factor on σ fitted on validation patients, or across folds where there were too few. */
  sigmaScale: number;
  weights: StateDict;
}

export interface AgeModel {
  network: NetworkName;
  /** Side of the pictures the networks take. */
  side: number;
  recipe: { markers: 'band' | 'all'; slab: number | 'full' };
  /** Trained on generated bodies: its numbers mean nothing medically. */
  synthetic: boolean;
  members: Member[];
}

const FORMAT = 'agelens-model-1';

export function encodeModel(model: AgeModel): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, TensorToStore>();
  for (const { fold, weights } of model.members) {
    for (const [name, tensor] of weights) tensors.set(`member.${fold}.${name}`, tensor);
  }
  const members = model.members.map(({ fold, standardisation, sigmaScale }) => ({ fold, standardisation, sigmaScale }));
  const { network, side, recipe, synthetic } = model;
  return writeSafetensors(tensors, {
    format: FORMAT,
    model: JSON.stringify({ network, side, recipe, synthetic, members }),
  });
}

type Header = Omit<AgeModel, 'members'> & { members: Omit<Member, 'weights'>[] };

/** @throws UserError when the file is no such model or is damaged */
export function decodeModel(bytes: Uint8Array<ArrayBuffer>, name: string): AgeModel {
  const { tensors, metadata } = readSafetensors(bytes, name);
  if (metadata.format !== FORMAT)
    throw new UserError(
      `${name}: not a model of agelens (format ${metadata.format ?? 'unknown'}); training writes one as model.safetensors`,
    );
  const header = headerOf(metadata.model ?? '', name);
  const members = header.members.map((member): Member => {
    const prefix = `member.${member.fold}.`;
    const own = [...tensors].filter(([key]) => key.startsWith(prefix));
    const weights = new Map(
      own.map(([key, tensor]) => [key.slice(prefix.length), { shape: tensor.shape, data: tensor.toFloat32() }]),
    );
    return { ...member, weights };
  });
  return { ...header, members };
}

function headerOf(text: string, name: string): Header {
  try {
    const header = JSON.parse(text) as Header;
    if (NETWORK_NAMES.includes(header.network) && header.side > 0 && header.members.length > 0) return header;
  } catch {
    // said below
  }
  throw new UserError(`${name}: its description of the model cannot be read`);
}
