/** onnxruntime, which is installed beside this file (npm run check-onnx), where nothing else looks for packages. */
import { createRequire } from 'node:module';
import path from 'node:path';

export interface OrtTensor {
  dims: readonly number[];
  data: Float32Array;
}

interface Session {
  inputNames: readonly string[];
  outputNames: readonly string[];
  run(feeds: Record<string, unknown>): Promise<Record<string, OrtTensor>>;
}

interface Ort {
  InferenceSession: { create(model: Uint8Array): Promise<Session> };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
}

export const ort: Ort = createRequire(path.resolve('test/onnx/package.json'))('onnxruntime-node');

/** What a model gives for inputs by name. */
export async function runOnnx(
  model: Uint8Array,
  inputs: Record<string, { data: Float32Array; shape: readonly number[] }>,
): Promise<Record<string, OrtTensor>> {
  const session = await ort.InferenceSession.create(model);
  const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [name, new ort.Tensor('float32', data, shape)]);
  return session.run(Object.fromEntries(feeds));
}

/** Values in −1 … 1 without pattern: x ← 1664525 x + 1013904223 modulo 2³². */
export function noise(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The largest difference as a share of the largest value; infinite where sizes differ. */
export function relativeError(ours: ArrayLike<number>, theirs: ArrayLike<number> | undefined): number {
  if (ours.length !== theirs?.length || ours.length === 0) return Number.POSITIVE_INFINITY;
  let [largest, worst] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    largest = Math.max(largest, Math.abs(ours[i] as number));
    worst = Math.max(worst, Math.abs((ours[i] as number) - (theirs[i] as number)));
  }
  return worst / largest;
}
