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
import { applyMasks, type MasksShape, prepareMasks } from '../../kernels/masks/masks.ts';
import { UserError } from '../../util/errors.ts';
import { noGrad } from '../autograd.ts';
import { mul, relu, sub } from '../functional/elementwise.ts';
import { sum } from '../functional/reduce.ts';
import { reshape } from '../functional/reshape.ts';
import type { Module } from '../layers/module.ts';
import { keep, scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import { empty, type Tensor, zeros } from '../tensor.ts';
import { batchFor, type CamOptions, enlarge, evaluationMode, expectPicture, pickOutput, unitMap } from './cam.ts';
import { forwardWithFeatures } from './features.ts';

/** How maps are weighted: as published by Wang et al. (2020), or by the raw output as Kerber et al. (2023). */
export type ScoreCamRecipe = 'wang2020' | 'kerber2023';

/** Options of `scoreCam`. */
export interface ScoreCamOptions extends CamOptions {
  recipe?: ScoreCamRecipe;
  /** Masked pictures in one forward pass; see {@link batchFor} where left out. */
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
  const { batch = batchFor(picture), onProgress } = options;
  const total = maps.shape[0] as number;
  const masks = prepareMasks(gpu, maps.buffer, shapeOf(picture, maps));
  try {
    for (let first = 0; first < total; first += batch) {
      const count = Math.min(batch, total - first);
      scope(() => {
        const masked = empty(gpu, [count, ...picture.shape.slice(1)], 'masked pictures');
        applyMasks(gpu, masks, { picture: picture.buffer, y: masked.buffer, first, count });
        gpu.copy(scoresOf(network, masked, options).buffer, scores.buffer, 4 * count, 0, 4 * first);
      });
      await gpu.finish();
      onProgress?.(first + count, total);
    }
  } finally {
    masks.places.release();
    masks.range.release();
  }
}

function shapeOf(picture: Tensor, features: Tensor): MasksShape {
  const [, channels, height, width] = picture.shape as [number, number, number, number];
  const [maps, , mapHeight, mapWidth] = features.shape as [number, number, number, number];
  return { maps, mapHeight, mapWidth, channels, height, width };
}

/** [n, 1]: the scores of n pictures. */
function scoresOf(network: Module, pictures: Tensor, options: ScoreCamOptions): Tensor {
  return pickOutput(
    'score_cam',
    noGrad(() => network.forward(pictures)),
    options,
  );
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
