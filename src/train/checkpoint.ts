/**
 * A fold's whole state between two steps: parameters, buffers, optimiser state and where training stands. Random numbers
 * are functions of (seed, fold, epoch, row), so the position is all there is to know of them.
 */
import { readSafetensors, type TensorToStore, writeSafetensors } from '../formats/safetensors.ts';
import type { StateDict } from '../nn/index.ts';
import { UserError } from '../util/errors.ts';

/** One line of metrics.csv; keys are its columns. */
export interface EpochRow {
  fold: number;
  /** Counted from 1. */
  epoch: number;
  /** Optimiser steps done. */
  step: number;
  learning_rate: number;
  /** Mean over the epoch's batches, on standardised ages. */
  training_loss: number;
  /** Null in epochs without validation. */
  validation_loss: number | null;
  /** Years. */
  validation_mae: number | null;
}

export interface Position {
  fold: number;
  seed: number;
  /** Epochs that are complete. */
  epoch: number;
  /** Batches done of the next one, and their losses. */
  batch: number;
  losses: number[];
  history: EpochRow[];
  /** Epoch (from 1) with the least validation loss so far. */
  best: { epoch: number; loss: number } | null;
}

export interface Checkpoint {
  /** What predicts: with a moving average the averaged weights. */
  model: StateDict;
  /** With a moving average the weights that training goes on from, else empty: they are the model's. */
  trained: StateDict;
  optimizer: StateDict;
  /** Of the loss in mixed precision, else empty. */
  scaler: StateDict;
  position: Position;
}

const FORMAT = 'agelens-checkpoint-1';
const MODEL = 'model.';
const TRAINED = 'trained.';
const OPTIMIZER = 'optimizer.';
const SCALER = 'scaler.';

/** The bytes of a checkpoint file. Equal states give equal bytes. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { model, trained, optimizer, scaler, position } = checkpoint;
  const tensors = new Map<string, TensorToStore>();
  for (const [name, tensor] of model) tensors.set(MODEL + name, tensor);
  for (const [name, tensor] of trained) tensors.set(TRAINED + name, tensor);
  for (const [name, tensor] of optimizer) tensors.set(OPTIMIZER + name, tensor);
  for (const [name, tensor] of scaler) tensors.set(SCALER + name, tensor);
  const metadata = {
    format: FORMAT,
    random: 'Philox4x32-10, keyed by seed, purpose, fold, epoch and row',
    position: JSON.stringify(position),
  };
  return writeSafetensors(tensors, metadata);
}

/** @throws UserError when the file is no checkpoint or is damaged */
export function decodeCheckpoint(bytes: Uint8Array<ArrayBuffer>, name: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, name);
  if (metadata.format !== FORMAT)
    throw new UserError(`${name}: not a checkpoint of agelens (format ${metadata.format ?? 'unknown'})`);
  const part = (prefix: string): StateDict =>
    new Map(
      [...tensors]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, tensor]) => [key.slice(prefix.length), { shape: tensor.shape, data: tensor.toFloat32() }]),
    );
  const position = JSON.parse(metadata.position ?? '') as Position;
  return { model: part(MODEL), trained: part(TRAINED), optimizer: part(OPTIMIZER), scaler: part(SCALER), position };
}

/** SHA-256 over names, shapes and values of a state, in hex: two models with the same are the same to the bit. */
export async function stateSha256(state: StateDict): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', writeSafetensors(state));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
