/** The same figures for parts of the cohort. */

import { compareTexts } from '../../util/order.ts';
import { Bootstrap, type Estimate } from './bootstrap.ts';
import { coverageStatistic } from './calibration.ts';
import { errorStatistics } from './errors.ts';
import { mean } from './moments.ts';
import type { Measured } from './prediction.ts';

export type Grouping = 'sex' | 'age' | 'scanner' | 'contrast';

export interface Subgroup {
  grouping: Grouping;
  /** "F", "40 to 49" (whole years), manufacturer and model, "yes"; "unknown" where nothing is known. */
  group: string;
  pictures: number;
  patients: number;
  mae: Estimate;
  rmse: Estimate;
  /** Predicted − true. */
  bias: Estimate;
  /** Share of true ages within the recalibrated 90 % interval. */
  coverage_90: Estimate;
  /** Recalibrated. */
  mean_sigma: number;
}

const UNKNOWN = 'unknown';
const BAND = 10;

function ageBand({ age }: Measured): string {
  const low = Math.floor(age / BAND) * BAND;
  return `${low} to ${low + BAND - 1}`;
}

const GROUPINGS: readonly [Grouping, (prediction: Measured) => string][] = [
  ['sex', ({ sex }) => sex],
  ['age', ageBand],
  ['scanner', ({ scanner }) => scanner],
  ['contrast', ({ contrast }) => contrast],
];

/** Figures for every group of every grouping of which something is known. Patients are resampled within their group. */
export function subgroupsOf(predictions: readonly Measured[], seed: number): Subgroup[] {
  return GROUPINGS.flatMap(([grouping, groupOf]) => {
    const groups = new Map<string, Measured[]>();
    for (const prediction of predictions) {
      const group = groupOf(prediction) || UNKNOWN;
      groups.set(group, [...(groups.get(group) ?? []), prediction]);
    }
    if (groups.size === 1 && groups.has(UNKNOWN)) return [];
    return [...groups].sort(byName).map(([group, members]) => subgroup(grouping, group, members, seed));
  });
}

/** Numbers by their value, what is unknown last. */
function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  if ((a === UNKNOWN) !== (b === UNKNOWN)) return a === UNKNOWN ? 1 : -1;
  return Number.parseFloat(a) - Number.parseFloat(b) || compareTexts(a, b);
}

function subgroup(grouping: Grouping, group: string, members: readonly Measured[], seed: number): Subgroup {
  const bootstrap = new Bootstrap(
    members.map(({ subject }) => subject),
    seed,
  );
  const [errors, coverage] = [errorStatistics(members), coverageStatistic(members, 'sigma', 0.9)];
  return {
    grouping,
    group,
    pictures: members.length,
    patients: bootstrap.patients,
    ...bootstrap.estimate((weights) => {
      const { mae, rmse, bias } = errors(weights);
      return { mae, rmse, bias, coverage_90: coverage(weights) };
    }),
    mean_sigma: mean(members.map(({ sigma }) => sigma)),
  };
}
