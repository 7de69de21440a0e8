/**
 * Deletion and insertion (Petsiuk et al., "RISE: randomized input sampling for explanation of black-box models", BMVC 2018)
 * for a network that puts out a number.
 *
 *   order      pixels by the map, highest first; equal ones from the top left
 *   deletion   |score(picture without the first share of the pixels) − score(picture)|
 *   insertion  |score(empty picture with the first share of the pixels) − score(picture)|
 *
 * Published for the probability of a class, which falls or rises. A number has no such direction, so what counts is how far
 * it goes from what the network says to the whole picture. Pixels that are taken away become 0: the empty picture, which is
 * Score-CAM's baseline too. A map that shows what the network looks at has a large area under the deletion curve and a small
 * one under the insertion curve.
 */
import { uncover } from '../../kernels/uncover/uncover.ts';
import { UserError } from '../../util/errors.ts';
import { noGrad } from '../autograd.ts';
import type { Module } from '../layers/module.ts';
import { keep, scope } from '../scope.ts';
import { empty, type Tensor } from '../tensor.ts';
import { batchFor, type CamOptions, evaluationMode, expectPicture, pickOutput } from './cam.ts';

/** Options of `perturbationCurves`. */
export interface CurveOptions extends Omit<CamOptions, 'layer'> {
  /** Points of a curve beside the first; 20 where left out. */
  steps?: number;
  /** Pictures in one forward pass; a number that fits their size where left out. */
  batch?: number;
}

/** Distances from the score of the whole picture at shares 0, 1/steps, … 1 of the pixels, in units of the score. */
export interface Curves {
  deletion: number[];
  insertion: number[];
}

/** Area under a curve over shares from 0 to 1, by trapezoids; in the curve's unit. */
export function areaUnder(curve: readonly number[]): number {
  const steps = curve.length - 1;
  return curve.reduce((sum, value, i) => sum + (i === 0 || i === steps ? value / 2 : value), 0) / steps;
}

/** Place of each pixel in the map's order, the highest being 0; of equal ones the first is higher. */
export function ranksOf(map: Float32Array): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from(map, (_, pixel) => pixel);
  order.sort((a, b) => (map[b] as number) - (map[a] as number) || a - b);
  const ranks = new Uint32Array(map.length);
  order.forEach((pixel, place) => {
    ranks[pixel] = place;
  });
  return ranks;
}

/**
 * Curves of one picture [1, channels, height, width] in the order of a map of its height and width, in evaluation mode. The
 * network is left in the mode it was in.
 * @throws UserError for a picture or map of another shape, or fewer than one step
 */
export async function perturbationCurves(
  network: Module,
  picture: Tensor,
  map: Float32Array,
  options: CurveOptions = {},
): Promise<Curves> {
  expectPicture('perturbation_curves', picture);
  const { steps = 20 } = options;
  const [, channels, height, width] = picture.shape as [number, number, number, number];
  const plane = height * width;
  if (map.length !== plane)
    throw new UserError(`perturbation_curves: a map of ${map.length} pixels for a picture of ${height} × ${width}`);
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new UserError(`perturbation_curves: ${steps} steps; there must be at least one`);
  const places = Array.from({ length: steps + 1 }, (_, step) => Math.round((step * plane) / steps));
  const shown = [
    ...places.map((first) => ({ first, end: plane })),
    ...places.slice(1, -1).map((end) => ({ first: 0, end })),
  ];
  const { gpu } = picture;
  const rank = gpu.upload(ranksOf(map), 'ranks of pixels');
  const restore = evaluationMode(network);
  try {
    const scores = await scoresInBatches(network, options, shown.length, options.batch ?? batchFor(picture), (at) => {
      const part = shown.slice(at.first, at.first + at.count);
      const y = empty(gpu, [part.length, channels, height, width], 'uncovered pictures');
      uncover(gpu, { picture: picture.buffer, rank, y: y.buffer, channels, plane, shown: part });
      return y;
    });
    const distances = scores.map((score) => Math.abs(score - (scores[0] as number)));
    const deletion = distances.slice(0, steps + 1);
    return { deletion, insertion: [deletion[steps] as number, ...distances.slice(steps + 1), 0] };
  } finally {
    rank.release();
    restore();
  }
}

/** Scores of `total` pictures that `make` gives a few at a time. */
async function scoresInBatches(
  network: Module,
  options: CamOptions,
  total: number,
  batch: number,
  make: (part: { first: number; count: number }) => Tensor,
): Promise<number[]> {
  const scores: number[] = [];
  for (let first = 0; first < total; first += batch) {
    const count = Math.min(batch, total - first);
    const part = scope(() =>
      keep(
        pickOutput(
          'perturbation_curves',
          noGrad(() => network.forward(make({ first, count }))),
          options,
        ),
      ),
    );
    scores.push(...(await part.toArray()));
    part.dispose();
  }
  return scores;
}
