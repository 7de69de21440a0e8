/** Small made-up data for training tests: the older, the brighter and the further to the right. */
import { parseConfig } from '../../src/train/config.ts';
import type { Pictures } from '../../src/train/pictures.ts';
import type { Subject } from '../../src/train/subjects.ts';
import { randomStream } from '../../src/util/random.ts';

export interface TinyData {
  pictures: Pictures;
  subjects: Subject[];
}

/** `count` noisy pictures of `side` × `side`, half of the subjects female. */
export function tinyData(count: number, side: number, seed: number): TinyData {
  const data = new Float32Array(count * side * side);
  const subjects = Array.from({ length: count }, (_, i): Subject => {
    const stream = randomStream(seed, 'tiny', i);
    const age = stream.uniform(20, 85);
    const centre = side * (0.2 + (0.6 * (age - 20)) / 65);
    for (let pixel = 0; pixel < side * side; pixel++) {
      const distance = (pixel % side) - centre;
      data[i * side * side + pixel] =
        0.2 + (0.6 * (age - 20)) / 65 - 0.002 * distance * distance + 0.02 * stream.uniform(-1, 1);
    }
    return { subject: `t${i}`, age, sex: i % 2 ? 'F' : 'M', scanner: '', contrast: '', truth: null };
  });
  return { pictures: { data, count, side }, subjects };
}

/** Settings for two epochs of few small steps. */
export function tinyConfig(seed: number, train: object) {
  return parseConfig(
    {
      seed,
      folds: 2,
      picture: 32,
      train: { epochs: 2, batch: 4, learning_rate: 2e-3, warmup: 0.2, ...train },
      augment: { shift: 8, rotate: 5, scale: 0.05, mirror: true, intensity: 0.05, noise: 0.02, blur: 1, erase: 0.2 },
    },
    'tiny',
  );
}
