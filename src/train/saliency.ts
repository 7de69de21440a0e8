import type { Gpu } from '../gpu/index.ts';
import { scoreCam } from '../nn/explain/index.ts';
import { tensor } from '../nn/index.ts';
import type { Network } from './network.ts';
import { type Pictures, pictureAt } from './pictures.ts';

/** A map over a picture, values from 0 to 1, rows as the picture's. */
export interface SaliencyMap {
  map: Float32Array;
  side: number;
}

/** Layer whose features are the masks. */
export const SALIENCY_LAYER = 'layer3';
/** Masked pictures in one pass. */
const BATCH = 32;

/** Score-CAM of the age that a network sees in one picture. */
export async function saliency(gpu: Gpu, network: Network, pictures: Pictures, row = 0): Promise<SaliencyMap> {
  const { side } = pictures;
  const picture = tensor(gpu, Float32Array.from(pictureAt(pictures, row)), [1, 1, side, side]);
  const map = await scoreCam(network, picture, { layer: SALIENCY_LAYER, batch: BATCH });
  const values = await map.toArray();
  map.dispose();
  picture.dispose();
  return { map: values, side };
}
