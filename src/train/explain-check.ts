/** Whether maps show what a network looks at, and what it has learned: deletion and insertion, and randomised weights. */
import type { Gpu } from '../gpu/index.ts';
import {
  areaUnder,
  type Curves,
  cascadingRandomisation,
  forwardWithFeatures,
  perturbationCurves,
  spearman,
  structuralSimilarity,
} from '../nn/explain/index.ts';
import { functional as F, noGrad, scope, type Tensor, tensor } from '../nn/index.ts';
import { randomStream } from '../util/random.ts';
import type { CheckSummary, CurveAreas, CurveCheck, MapCheck, RandomisedPart } from './explain-file.ts';
import { createNetwork, type Network } from './network.ts';
import type { Predictor, PreparedPicture } from './predict.ts';
import { type SaliencyMap, type SaliencySettings, saliency } from './saliency.ts';

/** Points of a curve beside the first. */
const STEPS = 20;
/** Maps of random values with which a map is compared. */
const RANDOM_ORDERS = 4;
/** Rank correlation below which two maps are different ones. A convention of ours; the figures stand beside it. */
const THRESHOLD = 0.5;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Means of curves, point by point. */
function meanCurve(curves: readonly (readonly number[])[]): number[] {
  return (curves[0] ?? []).map((_, i) => mean(curves.map((curve) => curve[i] as number)));
}

function withAreas(curves: Omit<CurveCheck, 'areas'>): CurveCheck {
  const areas = Object.fromEntries(Object.entries(curves).map(([name, curve]) => [name, areaUnder(curve)]));
  return { ...curves, areas: areas as unknown as CurveAreas };
}

function curveCheck(map: Curves, random: readonly Curves[]): CurveCheck {
  return withAreas({
    ...map,
    random_deletion: meanCurve(random.map(({ deletion }) => deletion)),
    random_insertion: meanCurve(random.map(({ insertion }) => insertion)),
  });
}

/** Checks maps of a model's networks one after another; holds two networks beside the predictor's. */
export class MapChecker {
  readonly #gpu: Gpu;
  readonly #predictor: Predictor;
  readonly #settings: SaliencySettings;
  readonly #seed: number;
  /** Untrained, and the one that becomes it part by part. */
  readonly #fresh: Network;
  readonly #losing: Network;

  constructor(gpu: Gpu, predictor: Predictor, settings: SaliencySettings, seed: number) {
    this.#gpu = gpu;
    this.#predictor = predictor;
    this.#settings = settings;
    this.#seed = seed;
    this.#fresh = createNetwork(gpu, predictor.model.network, seed).eval();
    this.#losing = createNetwork(gpu, predictor.model.network).eval();
  }

  /** Checks a map of a fold's network; `row` tells the random orders of one picture from those of another. */
  async check(prepared: PreparedPicture, { map, side }: SaliencyMap, fold: number, row: number): Promise<MapCheck> {
    const pictures = this.#predictor.input(prepared);
    const picture = tensor(this.#gpu, pictures.data, [1, 1, side, side]);
    try {
      return {
        curves: await this.#curves(picture, map, fold, row),
        randomised: await this.#randomised(prepared, map, fold),
      };
    } finally {
      picture.dispose();
    }
  }

  async #curves(picture: Tensor, map: Float32Array, fold: number, row: number): Promise<CurveCheck> {
    const { network, standardisation } = this.#predictor.member(fold);
    const options = { ...standardisation, steps: STEPS };
    const ofMap = await perturbationCurves(network, picture, map, options);
    const random: Curves[] = [];
    for (let order = 0; order < RANDOM_ORDERS; order++) {
      const noise = await this.#noise(network, picture, row, order);
      random.push(await perturbationCurves(network, picture, noise, options));
    }
    return curveCheck(ofMap, random);
  }

  /** Random values in place of the layer's features, resized as they are. Single pixels would be no fair match for a map. */
  async #noise(network: Network, picture: Tensor, row: number, order: number): Promise<Float32Array> {
    const random = randomStream(this.#seed, 'random order', row, order);
    const large = scope(() => {
      const { features, output } = noGrad(() => forwardWithFeatures(network, picture, this.#settings.layer));
      const [height, width] = features.shape.slice(2) as [number, number];
      for (const each of [features, output]) each.dispose();
      const values = Float32Array.from({ length: height * width }, () => random.uniform());
      const size = picture.shape.slice(2) as [number, number];
      return F.interpolate(tensor(this.#gpu, values, [1, 1, height, width]), { size, mode: 'bilinear' });
    });
    const values = await large.toArray();
    large.dispose();
    return values;
  }

  async #randomised(prepared: PreparedPicture, map: Float32Array, fold: number): Promise<RandomisedPart[]> {
    const { weights, standardisation } = this.#predictor.member(fold);
    const pictures = this.#predictor.input(prepared);
    const side = pictures.side;
    this.#losing.loadStateDict(weights);
    const parts: RandomisedPart[] = [];
    for (const part of cascadingRandomisation(this.#losing, this.#fresh)) {
      const now = await saliency(this.#gpu, this.#losing, pictures, standardisation, this.#settings);
      const correlation = spearman(map, now.map);
      const ssim = structuralSimilarity(map, now.map, [side, side]);
      parts.push({ part, spearman: Number.isFinite(correlation) ? correlation : null, ssim });
    }
    return parts;
  }

  /** What the checks of several maps say together; null of none. */
  summary(checks: readonly MapCheck[]): CheckSummary | null {
    const [first] = checks;
    if (!first) return null;
    const curves = checks.map((check) => check.curves);
    const randomised = first.randomised.map(({ part }, i) =>
      meanPart(
        part,
        checks.map((check) => check.randomised[i] as RandomisedPart),
      ),
    );
    const last = randomised.at(-1)?.spearman ?? null;
    return {
      subjects: checks.length,
      seed: this.#seed,
      baseline: 'empty',
      random_orders: RANDOM_ORDERS,
      shares: Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS),
      curves: withAreas({
        deletion: meanCurve(curves.map(({ deletion }) => deletion)),
        insertion: meanCurve(curves.map(({ insertion }) => insertion)),
        random_deletion: meanCurve(curves.map(({ random_deletion }) => random_deletion)),
        random_insertion: meanCurve(curves.map(({ random_insertion }) => random_insertion)),
      }),
      deletion_better: mean(curves.map(({ areas }) => Number(areas.deletion > areas.random_deletion))),
      insertion_better: mean(curves.map(({ areas }) => Number(areas.insertion < areas.random_insertion))),
      randomised,
      threshold: THRESHOLD,
      map_changes: last === null || last < THRESHOLD,
    };
  }

  /** Gives the device memory back. */
  release(): void {
    this.#fresh.dispose();
    this.#losing.dispose();
  }
}

/** Means over several maps; of rank correlations over those that are defined. */
function meanPart(part: string, each: readonly RandomisedPart[]): RandomisedPart {
  const defined = each.map(({ spearman: value }) => value).filter((value) => value !== null);
  return { part, spearman: defined.length > 0 ? mean(defined) : null, ssim: mean(each.map(({ ssim }) => ssim)) };
}
