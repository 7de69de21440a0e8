/** Tensors of consecutive numbers, of classes and of random numbers. */
import { type OnGpu, onGpu } from '../gpu/index.ts';
import { UserError } from '../util/errors.ts';
import { type RandomStream, randomStream } from '../util/random.ts';
import { type Shape, sizeOf } from './shape.ts';
import { type Tensor, type TensorOptions, tensor } from './tensor.ts';

/** The numbers from `start` to below `end` in steps of `step` (1 where left out), along one axis. */
export function arange(...given: OnGpu<[start: number, end: number, step?: number]>): Tensor {
  const [gpu, start, end, step = 1] = onGpu(given);
  const n = Math.ceil((end - start) / step);
  if (!Number.isSafeInteger(n) || n < 0)
    throw new UserError(`arange: no steps of ${step} lead from ${start} to ${end}`);
  return tensor(
    gpu,
    Float32Array.from({ length: n }, (_, i) => start + i * step),
  );
}

/** For each label, a whole number from 0 to below `classes`, a row with 1 in its place and 0 elsewhere: [n, classes]. */
export function oneHot(...given: OnGpu<[labels: ArrayLike<number>, classes: number]>): Tensor {
  const [gpu, labels, classes] = onGpu(given);
  const values = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new UserError(`oneHot: label ${i} is ${label}; labels of ${classes} classes are 0 to ${classes - 1}`);
    values[i * classes + label] = 1;
  }
  return tensor(gpu, values, [labels.length, classes]);
}

/** How random numbers are drawn. */
export interface RandomOptions extends TensorOptions {
  /** The same seed gives the same numbers, on every machine. */
  seed: number;
}

/** Numbers uniform in [0, 1), a function of the seed and their place alone. */
export function rand(...given: OnGpu<[shape: Shape, options: RandomOptions]>): Tensor {
  return random('rand', given, (stream) => stream.uniform());
}

/** Normal deviates of mean 0 and variance 1, a function of the seed and their place alone. */
export function randn(...given: OnGpu<[shape: Shape, options: RandomOptions]>): Tensor {
  return random('randn', given, (stream) => stream.normal());
}

function random(
  name: string,
  given: OnGpu<[shape: Shape, options: RandomOptions]>,
  draw: (stream: RandomStream) => number,
): Tensor {
  const [gpu, shape, options] = onGpu(given);
  if (options?.seed === undefined) throw new UserError(`${name}: it takes a seed, such as { seed: 1 }`);
  const stream = randomStream(options.seed, name);
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw(stream);
  return tensor(gpu, values, shape, options);
}
