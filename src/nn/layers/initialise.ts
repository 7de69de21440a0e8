import type { RandomStream } from '../../util/random.ts';
import { type Shape, sizeOf } from '../shape.ts';

/** First values of a parameter of this shape. */
export type Initialiser = (shape: Shape, random: RandomStream) => Float32Array;

/** Uniform in ±1/√(inputs of one output): PyTorch's default for convolutions and linear layers, weights and biases. */
export function uniformOverInputs(inputs: number): Initialiser {
  const bound = 1 / Math.sqrt(inputs);
  return (shape, random) => drawn(shape, () => random.uniform(-bound, bound));
}

/** Normal with variance 2/(outputs · kernel area), so that gradients keep their size through ReLUs (He et al. 2015). */
export const kaimingNormalFanOut: Initialiser = (shape, random) => {
  const [outputs = 1, , ...kernel] = shape;
  const deviation = Math.sqrt(2 / (outputs * sizeOf(kernel)));
  return drawn(shape, () => random.normal(0, deviation));
};

/** Normal with variance 2/(inputs of one output), so that activations keep their size through ReLUs (He et al. 2015). */
export const kaimingNormalFanIn: Initialiser = (shape, random) => {
  const deviation = Math.sqrt(2 / sizeOf(shape.slice(1)));
  return drawn(shape, () => random.normal(0, deviation));
};

/** Uniform with the same variance. */
export const kaimingUniformFanIn: Initialiser = (shape, random) => {
  const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
  return drawn(shape, () => random.uniform(-bound, bound));
};

/** Normal with mean 0; drawn anew where it is farther from it than `bound`. */
export function normal(deviation: number, bound = Number.POSITIVE_INFINITY): Initialiser {
  return (shape, random) =>
    drawn(shape, () => {
      let value = random.normal(0, deviation);
      while (Math.abs(value) > bound) value = random.normal(0, deviation);
      return value;
    });
}

/** The same number everywhere. */
export function constant(value: number): Initialiser {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** 0 everywhere. */
export const zeros: Initialiser = constant(0);
/** 1 everywhere. */
export const ones: Initialiser = constant(1);

/** A loop, because `Float32Array.from` takes several times as long for the millions of numbers of a network. */
function drawn(shape: Shape, draw: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}
