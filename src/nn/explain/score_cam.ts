/**
 * Score-CAM (Wang et al., "Score-CAM: Score-weighted visual explanations for convolutional neural networks", CVPRW 2020) for
 * a network that puts out a number.
 *
 *   maps         features of a layer → ReLU → bilinear to the picture's size
 *   weight       what the network says to the picture seen through the map, scaled to [0, 1]
 *   explanation  ReLU(Σ weight · map), scaled to [0, 1]
 *
 * Published for classes: a map weighs as much as its mask raises the class score above that of an empty picture. For a
 * regression the score is the number itself: recipe `wang2020`. Recipe `kerber2023` takes the number without subtracting.
 */
import { scaleToUnit } from '../../kernels/scale_to_unit/scale_to_unit.ts';
import { UserError } from '../../util/errors.ts';
import { noGrad } from '../autograd.ts';
import { mul, relu, sub } from '../functional/elementwise.ts';
import { interpolate } from '../functional/interpolate.ts';
import { linear } from '../functional/linear.ts';
import { sum } from '../functional/reduce.ts';
import { reshape } from '../functional/reshape.ts';
import type { Module } from '../layers/module.ts';
import { keep, scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import { empty, type Tensor, tensor, zeros } from '../tensor.ts';
import { forwardWithFeatures } from './features.ts';

export type ScoreCamRecipe = 'wang2020' | 'kerber2023';

export interface ScoreCamOptions {
  /** Full name of the module whose output is taken; `layer3` where left out. */
  layer?: string;
  recipe?: ScoreCamRecipe;
  /** Which of the network's outputs is explained; 0 where left out. */
  output?: number;
  /** The score is mean + deviation · output: gives years back where a network learned standardised ages. */
  mean?: number;
  deviation?: number;
  /** Masked pictures in one forward pass; 16 where left out. */
  batch?: number;
  /** Called as masked pictures are done. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Explains one picture [1, channels, height, width] by a map [height, width] in [0, 1], in evaluation mode. The network is
 * left in the mode it was in. Throws UserError for an unknown layer or a picture of another shape.
 */
export async function scoreCam(network: Module, picture: Tensor, options: ScoreCamOptions = {}): Promise<Tensor> {
  const [pictures, channels, height, width] = picture.shape;
  if (picture.shape.length !== 4 || pictures !== 1 || !channels || !height || !width) {
    throw new UserError(
      `score_cam: the picture has shape ${formatShape(picture.shape)}; it must be [1, channels, height, width]`,
    );
  }
  const modes = [...network.namedModules().values()].map((module) => [module, module.training] as const);
  network.eval();
  let maps: Tensor | null = null;
  let scores: Tensor | null = null;
  try {
    maps = featureMaps(network, picture, options.layer ?? 'layer3');
    scores = keep(empty(picture.gpu, [maps.shape[0] as number, 1], 'scores'));
    await scoreMaps(network, picture, maps, scores, options);
    return explanation(network, picture, maps, scores, options);
  } finally {
    maps?.dispose();
    scores?.dispose();
    for (const [module, training] of modes) module.training = training;
  }
}

/** [maps, 1, height, width] of the layer, without negative values. */
function featureMaps(network: Module, picture: Tensor, layer: string): Tensor {
  return scope(() => {
    const { features } = noGrad(() => forwardWithFeatures(network, picture, layer));
    const [, count = 0, height = 0, width = 0] = features.shape;
    if (features.shape.length !== 4 || features.size === 0) {
      features.dispose();
      throw new UserError(
        `score_cam: layer "${layer}" puts out ${formatShape(features.shape)}; it must put out [1, maps, height, width]`,
      );
    }
    const maps = reshape(relu(features), [count, 1, height, width]);
    features.dispose();
    return keep(maps);
  });
}

/** Writes the score of the picture seen through each of the maps. */
async function scoreMaps(
  network: Module,
  picture: Tensor,
  maps: Tensor,
  scores: Tensor,
  options: ScoreCamOptions,
): Promise<void> {
  const { gpu } = picture;
  const { batch = 16, onProgress } = options;
  const count = maps.shape[0] as number;
  for (let start = 0; start < count; start += batch) {
    const rows = Math.min(batch, count - start);
    scope(() => {
      const masked = maskedPictures(picture, firstAxisSlice(maps, start, rows));
      gpu.copy(scoresOf(network, masked, options).buffer, scores.buffer, 4 * rows, 0, 4 * start);
    });
    await gpu.finish();
    onProgress?.(start + rows, count);
  }
}

/** [n, 1]: mean + deviation · output of n pictures. */
function scoresOf(network: Module, pictures: Tensor, { output = 0, mean = 0, deviation = 1 }: ScoreCamOptions): Tensor {
  const { gpu } = pictures;
  const outputs = noGrad(() => network.forward(pictures));
  const count = outputs.shape[1] ?? 0;
  if (outputs.shape.length !== 2 || output >= count) {
    throw new UserError(`score_cam: the network puts out ${formatShape(outputs.shape)}, which has no output ${output}`);
  }
  const pick = new Float32Array(count);
  pick[output] = deviation;
  return linear(outputs, tensor(gpu, pick, [1, count]), tensor(gpu, [mean]));
}

/** The picture [1, channels, height, width] seen through each of [n, 1, …] maps: [n, channels, height, width]. */
function maskedPictures(picture: Tensor, maps: Tensor): Tensor {
  const size = picture.shape.slice(2) as [number, number];
  return mul(unit(interpolate(maps, { size, mode: 'bilinear' })), picture);
}

function explanation(network: Module, picture: Tensor, maps: Tensor, scores: Tensor, options: ScoreCamOptions): Tensor {
  return scope(() => {
    const [count = 0, , height = 0, width = 0] = maps.shape;
    const raw = options.recipe === 'kerber2023';
    const weights = raw ? scores : sub(scores, scoresOf(network, zeros(picture.gpu, picture.shape), options));
    const total = sum(mul(reshape(weights, [count, 1, 1, 1]), maps), { dim: 0, keepdim: true });
    const size = picture.shape.slice(2) as [number, number];
    const large = interpolate(reshape(total, [1, 1, height, width]), { size, mode: 'bilinear' });
    return reshape(unit(relu(large)), size);
  });
}

/** Each plane [planes, 1, height, width] scaled to fill [0, 1]. */
function unit(x: Tensor): Tensor {
  const rows = x.shape[0] as number;
  const y = empty(x.gpu, x.shape, 'scaled');
  scaleToUnit(x.gpu, { x: x.buffer, y: y.buffer, rows, row: x.size / rows });
  return y;
}

/** Rows [start, start + count) of the first axis, copied. */
function firstAxisSlice(x: Tensor, start: number, count: number): Tensor {
  const part = empty(x.gpu, [count, ...x.shape.slice(1)], 'slice');
  const bytes = 4 * part.size;
  x.gpu.copy(x.buffer, part.buffer, bytes, (bytes / count) * start);
  return part;
}
