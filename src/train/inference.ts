import type { Gpu } from '../gpu/index.ts';
import { noGrad, scope, tensor } from '../nn/index.ts';
import type { Network } from './network.ts';
import { type Pictures, pictureAt } from './pictures.ts';

/** What the network says of one picture, on standardised ages: mean μ and s = log σ². */
export interface Output {
  mu: number;
  s: number;
}

/**
 * Runs the network in evaluation mode over rows of `pictures`, `batch` at a time, until the signal aborts. Leaves it in training mode only if the
 * caller puts it back.
 */
export async function infer(
  gpu: Gpu,
  network: Network,
  pictures: Pictures,
  rows: readonly number[],
  batch: number,
  signal?: AbortSignal,
): Promise<Output[]> {
  const { side } = pictures;
  network.eval();
  const outputs: Output[] = [];
  for (let start = 0; start < rows.length; start += batch) {
    signal?.throwIfAborted();
    const part = rows.slice(start, start + batch);
    const input = new Float32Array(part.length * side * side);
    part.forEach((row, i) => {
      input.set(pictureAt(pictures, row), i * side * side);
    });
    const output = noGrad(() => scope(() => network.forward(tensor(gpu, input, [part.length, 1, side, side]))));
    const values = await output.toArray();
    output.dispose();
    for (let i = 0; i < part.length; i++) outputs.push({ mu: values[2 * i] as number, s: values[2 * i + 1] as number });
  }
  return outputs;
}
