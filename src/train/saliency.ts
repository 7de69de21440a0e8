import type { Gpu } from '../gpu/index.ts';
import { gradCam, type ScoreCamRecipe, scoreCam } from '../nn/explain/index.ts';
import { NETWORKS, type NetworkName, tensor } from '../nn/index.ts';
import type { Network } from './network.ts';
import { type Pictures, pictureAt } from './pictures.ts';
import type { Standardisation } from './standardise.ts';

export const SALIENCY_METHODS = ['score-cam', 'grad-cam', 'grad-cam++'] as const;

export interface SaliencyOptions {
  /** `score-cam` where left out. */
  method?: (typeof SALIENCY_METHODS)[number] | undefined;
  /** Of Score-CAM; `wang2020` where left out. */
  recipe?: ScoreCamRecipe | undefined;
  /** Full name of the module whose features are shown; see {@link saliencyLayer} where left out. */
  layer?: string | undefined;
}

/** All that decides how a map is made. */
export interface SaliencySettings {
  method: (typeof SALIENCY_METHODS)[number];
  /** Of Score-CAM, else null. */
  recipe: ScoreCamRecipe | null;
  layer: string;
}

/** A map over a picture, values from 0 to 1, rows as the picture's. */
export interface SaliencyMap {
  map: Float32Array;
  side: number;
}

/** Side of the picture from which on a sixteenth of it is 6 features or more. */
const LARGE = 96;

/** Layer whose features are the masks: layer3 of a ResNet (14 × 14 for 224 × 224); the finer layer2 for small pictures. */
export function saliencyLayer(name: NetworkName, side: number): string {
  const { sixteenth, eighth } = NETWORKS[name];
  return side >= LARGE ? sixteenth : eighth;
}

/** The settings with what was left out. */
export function saliencySettings(
  { method = 'score-cam', recipe = 'wang2020', layer }: SaliencyOptions,
  network: NetworkName,
  side: number,
): SaliencySettings {
  return { method, recipe: method === 'score-cam' ? recipe : null, layer: layer ?? saliencyLayer(network, side) };
}

/** Where a network sees the age in one picture. `standardisation` turns its output into years, which Score-CAM's recipe kerber2023 needs. */
export async function saliency(
  gpu: Gpu,
  network: Network,
  pictures: Pictures,
  { mean, deviation }: Standardisation,
  { method, recipe, layer }: SaliencySettings,
): Promise<SaliencyMap> {
  const { side } = pictures;
  const picture = tensor(gpu, Float32Array.from(pictureAt(pictures, 0)), [1, 1, side, side]);
  const how = { layer, mean, deviation };
  try {
    const map = recipe
      ? await scoreCam(network, picture, { ...how, recipe })
      : gradCam(network, picture, { ...how, method: method === 'grad-cam' ? 'grad_cam' : 'grad_cam_pp' });
    const values = await map.toArray();
    map.dispose();
    return { map: values, side };
  } finally {
    picture.dispose();
  }
}
