/** The tables of an evaluation as CSV. Ages in years; what cannot be computed is an empty cell. */
import { type CsvValue, writeCsv } from '../../formats/csv.ts';
import type { Metrics } from '../metrics.ts';
import type { AgeGap } from './age-gap.ts';
import type { Estimate } from './bootstrap.ts';
import type { ExternalMetrics } from './external.ts';
import type { Measured } from './prediction.ts';

type Row = Record<string, CsvValue>;

const cell = (value: number): CsvValue => (Number.isFinite(value) ? value : null);

/** Three columns: NAME, NAME_low, NAME_high. */
function estimateCells(name: string, { value, low, high }: Estimate): Row {
  return { [name]: cell(value), [`${name}_low`]: cell(low), [`${name}_high`]: cell(high) };
}

/** A row's keys are the columns. */
function tableOf(rows: readonly Row[]): string {
  return writeCsv(Object.keys(rows[0] ?? {}), rows);
}

function subgroupRows({ subgroups }: Metrics): Row[] {
  return subgroups.map(({ grouping, group, pictures, patients, mae, rmse, bias, coverage_90, mean_sigma }) => ({
    grouping,
    group,
    pictures,
    patients,
    ...estimateCells('mae', mae),
    ...estimateCells('rmse', rmse),
    ...estimateCells('bias', bias),
    ...estimateCells('coverage_90', coverage_90),
    mean_sigma,
  }));
}

const SIGMAS = ['raw', 'recalibrated'] as const;

function curveRows({ calibration }: Metrics): Row[] {
  return SIGMAS.flatMap((sigma) => calibration[sigma].curve.map((point): Row => ({ sigma, ...point })));
}

function binRows({ calibration }: Metrics): Row[] {
  return SIGMAS.flatMap((sigma) =>
    calibration[sigma].bins.map(({ mae, ...bin }): Row => ({ sigma, ...bin, ...estimateCells('mae', mae) })),
  );
}

function gapRows(predictions: readonly Measured[], gaps: readonly AgeGap[]): Row[] {
  return predictions.map(({ subject, row, age, sex, mean, sigma }, i) => {
    const { gap, corrected_gap } = gaps[i] as AgeGap;
    return { subject, row, age, sex, mean, sigma, gap, corrected_gap };
  });
}

/** Each fold's model and the ensemble. */
export function modelTable({ models }: Pick<ExternalMetrics, 'models'>): string {
  return tableOf(
    models.map(({ model, mean_sigma, ...estimates }) =>
      Object.assign({ model }, ...Object.entries(estimates).map(([name, each]) => estimateCells(name, each)), {
        mean_sigma,
      }),
    ),
  );
}

/** By file name. Without groups there is no table of subgroups. */
export function evaluationTables(
  metrics: Metrics,
  predictions: readonly Measured[],
  gaps: readonly AgeGap[],
): ReadonlyMap<string, string> {
  const tables: [string, Row[]][] = [
    ['subgroups.csv', subgroupRows(metrics)],
    ['calibration.csv', curveRows(metrics)],
    ['sigma-bins.csv', binRows(metrics)],
    ['age-gap.csv', gapRows(predictions, gaps)],
  ];
  return new Map(tables.map(([name, rows]) => [name, tableOf(rows)]));
}
