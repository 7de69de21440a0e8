import type { Gpu } from '../gpu/index.ts';
import { scoreCam } from '../nn/explain/index.ts';
import { tensor } from '../nn/index.ts';
import type { Network } from './network.ts';
import { type Pictures, pictureAt } from './pictures.ts';

/** A map over a picture, values from 0 to 1, rows as the picture's. */
export interface SaliencyMap {
  map: Float32Array;
  side: number;
  /** Whose features were the masks. */
  layer: string;
}

/** Side of the picture from which on layer3 has 6 × 6 features or more. */
const LAYER3_SIDE = 96;

/** Layer whose features are the masks: layer3 (14 × 14 for 224 × 224); the finer layer2 for small pictures. */
export function saliencyLayer(side: number): 'layer2' | 'layer3' {
  return side >= LAYER3_SIDE ? 'layer3' : 'layer2';
}

/** Masked pictures in one pass. */
const BATCH = 32;

/** Score-CAM of the age that a network sees in one picture. */
export async function saliency(gpu: Gpu, network: Network, pictures: Pictures, row = 0): Promise<SaliencyMap> {
  const { side } = pictures;
  const layer = saliencyLayer(side);
  const picture = tensor(gpu, Float32Array.from(pictureAt(pictures, row)), [1, 1, side, side]);
  const map = await scoreCam(network, picture, { layer, batch: BATCH });
  const values = await map.toArray();
  map.dispose();
  picture.dispose();
  return { map: values, side, layer };
}
