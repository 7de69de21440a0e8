/** Prepared pictures through every perturbation that can be made of them. */
import { randomStream } from '../../util/random.ts';
import type { Prediction } from '../metrics.ts';
import { type Pictures, pictureAt } from '../pictures.ts';
import type { OutOfFold } from './out-of-fold.ts';
import type { PicturePerturbation } from './picture-perturbations.ts';
import type { Reading } from './robustness.ts';

/** The predictions of one picture: as it is, and in the order of the conditions. */
export async function perturbedPicture(
  networks: OutOfFold,
  pictures: Pictures,
  { row, fold }: Prediction,
  conditions: readonly { perturbation: PicturePerturbation; strength: number }[],
  seed: number,
): Promise<Reading[]> {
  const picture = pictureAt(pictures, row);
  const readings = [await networks.predictPicture(fold, picture)];
  for (const { perturbation, strength } of conditions) {
    const random = randomStream(seed, 'perturbation', perturbation.name, strength, row);
    const perturbed = perturbation.apply(picture, pictures.side, strength, random);
    readings.push(await networks.predictPicture(fold, perturbed));
  }
  return readings;
}
