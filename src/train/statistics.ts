import type { Gpu } from '../gpu/index.ts';
import { BatchNorm2d, noGrad, scope, tensor } from '../nn/index.ts';
import type { Network } from './network.ts';
import { type Pictures, pictureAt } from './pictures.ts';

/**
 * Measures the batch norms' statistics anew for the present weights, as plain means over these batches ("precise" batch
 * norm: Wu and Johnson, "Rethinking 'Batch' in BatchNorm", 2021). The running averages of training trail behind weights that
 * still move; with the few steps of a small cohort they are useless. What was measured before leaves no trace.
 */
export function measureStatistics(
  gpu: Gpu,
  network: Network,
  pictures: Pictures,
  batches: readonly (readonly number[])[],
): void {
  const layers = [...network.namedModules().values()].filter((module) => module instanceof BatchNorm2d);
  const before = layers.map(({ momentum }) => momentum);
  const { side } = pictures;
  if (batches.length > 0) for (const layer of layers) forget(layer);
  network.train();
  batches.forEach((rows, index) => {
    for (const layer of layers) layer.momentum = 1 / (index + 1);
    const input = new Float32Array(rows.length * side * side);
    rows.forEach((row, i) => {
      input.set(pictureAt(pictures, row), i * side * side);
    });
    noGrad(() => scope(() => void network.forward(tensor(gpu, input, [rows.length, 1, side, side]))));
  });
  layers.forEach((layer, i) => {
    layer.momentum = before[i] as number;
  });
}

/** Zeros, so that what was there before changes no bit of what comes. */
function forget({ running_mean: mean, running_var: variance, num_batches_tracked: count }: BatchNorm2d): void {
  for (const each of [mean, variance, count]) each.write(new Float32Array(each.size));
}
