/** Values of a volume, one by one: where they are stored, and how new ones are. */
import type { Volume } from '../../../formats/volume.ts';
import { AIR } from '../recipe.ts';

/** int16 where the volume is, float32 otherwise: other integers could not hold what comes out. */
export type Stored = Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

const MOST = 32767;

/** An array for values of the same kind as the volume's. */
export function storageFor({ data }: Pick<Volume, 'data'>, length: number): Stored {
  return data instanceof Int16Array ? new Int16Array(length) : new Float32Array(length);
}

/** A copy of the volume's values. */
export function copyOf(volume: Pick<Volume, 'data'>): Stored {
  const copy = storageFor(volume, volume.data.length);
  copy.set(volume.data);
  return copy;
}

/** Makes a value what can be stored: −1024 HU at least, and a whole number of 16 bits where such are stored. */
export function storing(into: Stored): (value: number) => number {
  return into instanceof Int16Array
    ? (value) => Math.round(Math.min(MOST, Math.max(AIR, value)))
    : (value) => Math.max(AIR, value);
}

/**
 * The volume with every value from −1024 HU on replaced by `change` of it; what lies below is padding around the scanner's
 * field and stays. Results below −1024 HU become −1024.
 */
export function mapHu(volume: Volume, change: (hu: number) => number): Volume {
  const data = copyOf(volume);
  const stored = storing(data);
  if (data instanceof Int16Array) {
    const table = Int16Array.from({ length: MOST - AIR + 1 }, (_, i) => stored(change(AIR + i)));
    for (let i = 0; i < data.length; i++) {
      const hu = data[i] as number;
      if (hu >= AIR) data[i] = table[hu - AIR] as number;
    }
  } else {
    for (let i = 0; i < data.length; i++) {
      const hu = data[i] as number;
      if (hu >= AIR) data[i] = stored(change(hu));
    }
  }
  return { ...volume, data };
}
