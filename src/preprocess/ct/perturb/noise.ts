import type { Volume } from '../../../formats/volume.ts';
import type { RandomStream } from '../../../util/random.ts';
import { AIR } from '../recipe.ts';
import { copyOf, storing } from './values.ts';

const STORE_BITS = 18;

/**
 * White noise of `deviation` HU added to every voxel of the scanner's field (−1024 HU or more). Rows take stretches from
 * random places of a store of 2¹⁸ normal deviates.
 */
export function addNoise(volume: Volume, deviation: number, stream: RandomStream): Volume {
  if (deviation === 0) return volume;
  const noise = Float32Array.from({ length: 1 << STORE_BITS }, () => stream.normal(0, deviation));
  const data = copyOf(volume);
  const stored = storing(data);
  const length = volume.size[0];
  for (let row = 0; row < data.length; row += length) {
    const start = stream.word();
    for (let i = 0; i < length; i++) {
      const hu = data[row + i] as number;
      if (hu >= AIR) data[row + i] = stored(hu + (noise[(start + i) & (noise.length - 1)] as number));
    }
  }
  return { ...volume, data };
}
