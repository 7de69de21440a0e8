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
import { UserError } from '../../util/errors.ts';
import { noGrad } from '../autograd.ts';
import { mul, relu, sub } from '../functional/elementwise.ts';
import { sum } from '../functional/reduce.ts';
import { reshape } from '../functional/reshape.ts';
import type { Module } from '../layers/module.ts';
import { keep, scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import { empty, type Tensor, zeros } from '../tensor.ts';
import { type CamOptions, enlarge, evaluationMode, expectPicture, pickOutput, unit, unitMap } from './cam.ts';
import { forwardWithFeatures } from './features.ts';

/** How maps are weighted: as published by Wang et al. (2020), or by the raw output as Kerber et al. (2023). */
export type ScoreCamRecipe = 'wang2020' | 'kerber2023';

/** Options of `scoreCam`. */
export interface ScoreCamOptions extends CamOptions {
  recipe?: ScoreCamRecipe;
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
  expectPicture('score_cam', picture);
  const restore = evaluationMode(network);
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
    restore();
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

/** [n, 1]: the scores of n pictures. */
function scoresOf(network: Module, pictures: Tensor, options: ScoreCamOptions): Tensor {
  return pickOutput(
    'score_cam',
    noGrad(() => network.forward(pictures)),
    options,
  );
}

/** The picture [1, channels, height, width] seen through each of [n, 1, …] maps: [n, channels, height, width]. */
function maskedPictures(picture: Tensor, maps: Tensor): Tensor {
  return mul(unit(enlarge(maps, picture)), picture);
}

function explanation(network: Module, picture: Tensor, maps: Tensor, scores: Tensor, options: ScoreCamOptions): Tensor {
  return scope(() => {
    const [count = 0, , height = 0, width = 0] = maps.shape;
    const raw = options.recipe === 'kerber2023';
    const weights = raw ? scores : sub(scores, scoresOf(network, zeros(picture.gpu, picture.shape), options));
    const total = sum(mul(reshape(weights, [count, 1, 1, 1]), maps), { dim: 0, keepdim: true });
    return unitMap(relu(enlarge(reshape(total, [1, 1, height, width]), picture)));
  });
}

/** Rows [start, start + count) of the first axis, copied. */
function firstAxisSlice(x: Tensor, start: number, count: number): Tensor {
  const part = empty(x.gpu, [count, ...x.shape.slice(1)], 'slice');
  const bytes = 4 * part.size;
  x.gpu.copy(x.buffer, part.buffer, bytes, (bytes / count) * start);
  return part;
}
