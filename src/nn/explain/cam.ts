/** What the class activation maps have in common. */
import { scaleToUnit } from '../../kernels/scale_to_unit/scale_to_unit.ts';
import { UserError } from '../../util/errors.ts';
import { interpolate } from '../functional/interpolate.ts';
import { linear } from '../functional/linear.ts';
import { reshape } from '../functional/reshape.ts';
import type { Module } from '../layers/module.ts';
import { formatShape } from '../shape.ts';
import { empty, type Tensor, tensor } from '../tensor.ts';

/** What is to be explained. */
export interface CamOptions {
  /** Full name of the module whose output is taken; `layer3` where left out. */
  layer?: string;
  /** Which of the network's outputs is explained; 0 where left out. */
  output?: number;
  /** The score is mean + deviation · output: gives years back where a network learned standardised ages. */
  mean?: number;
  deviation?: number;
}

/** @throws UserError unless the picture is [1, channels, height, width] and not empty */
export function expectPicture(method: string, picture: Tensor): void {
  const { shape } = picture;
  if (shape.length === 4 && shape[0] === 1 && picture.size > 0) return;
  throw new UserError(
    `${method}: the picture has shape ${formatShape(shape)}; it must be [1, channels, height, width]`,
  );
}

/** Puts a network into evaluation mode; what it gives puts every module back into the mode it was in. */
export function evaluationMode(network: Module): () => void {
  const modes = [...network.namedModules().values()].map((module) => [module, module.training] as const);
  network.eval();
  return () => {
    for (const [module, training] of modes) module.training = training;
  };
}

/** Pixels of all pictures of a pass, and its most pictures: on lavapipe larger passes gain nothing but memory. */
const MOST_PIXELS = 2 ** 20;
const MOST_PICTURES = 256;

/**
 * Pictures in one pass of a network that is asked often: 16 of 224 × 224, 256 of 64 × 64 (ResNet-18 then holds a third of a
 * gigabyte). A function of the picture's size alone, so that the bits are the same everywhere.
 */
export function batchFor(picture: Tensor): number {
  const [, , height, width] = picture.shape as [number, number, number, number];
  let batch = MOST_PICTURES;
  while (batch > 1 && batch * height * width > MOST_PIXELS) batch /= 2;
  return batch;
}

/** [n, 1]: mean + deviation · the chosen output of the network's outputs [n, count]. */
export function pickOutput(
  method: string,
  outputs: Tensor,
  { output = 0, mean = 0, deviation = 1 }: CamOptions,
): Tensor {
  const { gpu } = outputs;
  const count = outputs.shape[1] ?? 0;
  if (outputs.shape.length !== 2 || output >= count) {
    throw new UserError(`${method}: the network puts out ${formatShape(outputs.shape)}, which has no output ${output}`);
  }
  const pick = new Float32Array(count);
  pick[output] = deviation;
  return linear(outputs, tensor(gpu, pick, [1, count]), tensor(gpu, [mean]));
}

/** Maps [n, 1, height, width], bilinearly resized to the picture's height and width. */
export function enlarge(maps: Tensor, picture: Tensor): Tensor {
  return interpolate(maps, { size: picture.shape.slice(2) as [number, number], mode: 'bilinear' });
}

/** Each plane [planes, 1, height, width] scaled to fill [0, 1]. */
export function unit(x: Tensor): Tensor {
  const rows = x.shape[0] as number;
  const y = empty(x.gpu, x.shape, 'scaled');
  scaleToUnit(x.gpu, { x: x.buffer, y: y.buffer, rows, row: x.size / rows });
  return y;
}

/** A map [1, 1, height, width] as [height, width], scaled to fill [0, 1]. */
export function unitMap(x: Tensor): Tensor {
  return reshape(unit(x), x.shape.slice(2));
}
