/** Gradients kept within bounds between `backward()` and the step, as torch.nn.utils does. */
import { clipFactor, limitGradient, scaleGradient } from '../../kernels/clip_gradients/clip_gradients.ts';
import { UserError } from '../../util/errors.ts';
import { Tensor } from '../tensor.ts';

function gradientsOf(name: string, parameters: readonly Tensor[], largest: number): Tensor[] {
  if (!(largest > 0 && largest < Infinity)) throw new UserError(`${name}: the limit is ${largest}; it must be above 0`);
  return parameters.flatMap(({ grad }) => grad ?? []);
}

/**
 * Scales the gradients so that their norm, taken as one vector, is at most `maxNorm`. Returns the norm they had, a tensor of
 * one element on the device. An optimiser's option `clipNorm` does the same within the update and saves a pass over the
 * gradients.
 */
export function clipGradNorm(parameters: readonly Tensor[], maxNorm: number): Tensor {
  const gradients = gradientsOf('clipGradNorm', parameters, maxNorm);
  const [first] = gradients;
  if (!first) throw new UserError('clipGradNorm: no parameter has a gradient; call backward() on the loss first');
  const { gpu } = first;
  const result = gpu.alloc(8, 'factor and norm');
  const list = gradients.map(({ buffer: grad, size: n }) => ({ grad, n }));
  clipFactor(gpu, list, maxNorm, result);
  for (const gradient of list) scaleGradient(gpu, gradient, result);
  const norm = gpu.alloc(4, 'norm');
  gpu.copy(result, norm, 4, 4);
  result.release();
  return new Tensor(gpu, [], norm);
}

/** Sets the elements of all gradients that lie beyond ±`limit` to ±`limit`. */
export function clipGradValue(parameters: readonly Tensor[], limit: number): void {
  for (const { gpu, buffer: grad, size: n } of gradientsOf('clipGradValue', parameters, limit))
    limitGradient(gpu, { grad, n }, limit);
}
