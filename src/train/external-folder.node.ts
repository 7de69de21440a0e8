/** The files of an evaluation on an external test set. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type CsvRow, type CsvValue, readCsv, writeCsv } from '../formats/csv.ts';
import { writeFileAtomically } from '../formats/files.node.ts';
import { UserError } from '../util/errors.ts';
import type { MemberPrediction } from './ensemble.ts';
import { ageGaps } from './metrics/age-gap.ts';
import {
  type ExternalMetrics,
  type ExternalPrediction,
  ensembleMeasured,
  externalCorrection,
  externalMetrics,
  type RunBackground,
} from './metrics/external.ts';
import { evaluationTables, modelTable } from './metrics/tables.ts';
import { testSubjectOf, truthCells } from './subject-table.ts';

/** By this file such a folder is known. */
export const EXTERNAL_MARKER = 'external.json';

/** What the test set was; keys of external.json. */
export interface ExternalFacts {
  /** Of the prepared folder. */
  fingerprint: string;
  recipe: Record<string, string | number>;
  excluded: ExternalMetrics['excluded'];
  /** Folds whose models make the ensemble. */
  folds: number[];
}

export interface ExternalResult {
  facts: ExternalFacts;
  metrics: ExternalMetrics;
  predictions: ExternalPrediction[];
}

const COLUMNS = ['subject', 'row', 'age', 'sex', 'scanner', 'contrast'] as const;
const SIGMAS = ['mean', 'sigma', 'aleatoric', 'epistemic', 'sigma_raw'] as const;

/** Columns `fold_K_mean`, `fold_K_sigma` and `fold_K_sigma_raw` of each fold's model. */
function memberCells({ fold, age, sigma, sigma_raw }: MemberPrediction): Record<string, CsvValue> {
  return { [`fold_${fold}_mean`]: age, [`fold_${fold}_sigma`]: sigma, [`fold_${fold}_sigma_raw`]: sigma_raw };
}

function predictionsCsv(predictions: readonly ExternalPrediction[]): string {
  const withTruth = predictions.some(({ truth }) => truth !== null);
  const rows = predictions.map((prediction): Record<string, CsvValue> => {
    const own = [...COLUMNS, ...SIGMAS].map((column): [string, CsvValue] => [column, prediction[column]]);
    const truth = withTruth ? truthCells(prediction.truth) : {};
    return Object.assign(Object.fromEntries(own), ...prediction.members.map(memberCells), truth);
  });
  return writeCsv(Object.keys(rows[0] ?? {}), rows);
}

function predictionOf(row: CsvRow, folds: readonly number[]): ExternalPrediction {
  const members = folds.map(
    (fold): MemberPrediction => ({
      fold,
      age: row.requiredNumber(`fold_${fold}_mean`),
      sigma: row.requiredNumber(`fold_${fold}_sigma`),
      sigma_raw: row.requiredNumber(`fold_${fold}_sigma_raw`),
    }),
  );
  return {
    ...testSubjectOf(row),
    row: row.requiredNumber('row'),
    mean: row.requiredNumber('mean'),
    sigma: row.requiredNumber('sigma'),
    aleatoric: row.requiredNumber('aleatoric'),
    epistemic: row.requiredNumber('epistemic'),
    sigma_raw: row.requiredNumber('sigma_raw'),
    members,
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes external.json, predictions.csv, metrics.json and, where ages are known, the tables of an evaluation. */
export async function writeExternal(
  folder: string,
  { facts, metrics, predictions }: ExternalResult,
  background: RunBackground,
): Promise<void> {
  const files = new Map([
    [EXTERNAL_MARKER, json(facts)],
    ['predictions.csv', predictionsCsv(predictions)],
    ['metrics.json', json(metrics)],
  ]);
  if (metrics.ensemble) {
    const measured = ensembleMeasured(predictions, background);
    const gaps = ageGaps(measured, externalCorrection(background));
    files.set('models.csv', modelTable(metrics));
    for (const [name, table] of evaluationTables(metrics.ensemble, measured, gaps)) files.set(name, table);
  }
  for (const [name, text] of files) await writeFileAtomically(path.join(folder, name), text);
}

function bytesOf(folder: string, name: string): Promise<Buffer> {
  const file = path.join(folder, name);
  return readFile(file).catch(() => {
    throw new UserError(`${file}: no such file; make it again with agelens evaluate --data`);
  });
}

/** @throws UserError when the folder is no such folder */
export async function readExternalFacts(folder: string): Promise<ExternalFacts> {
  const text = (await bytesOf(folder, EXTERNAL_MARKER)).toString('utf8');
  try {
    return JSON.parse(text) as ExternalFacts;
  } catch {
    throw new UserError(`${path.join(folder, EXTERNAL_MARKER)}: not JSON; make it again with agelens evaluate --data`);
  }
}

/** Reads such a folder; its metrics are computed anew. @throws UserError when it is none */
export async function readExternal(folder: string, background: RunBackground): Promise<ExternalResult> {
  const facts = await readExternalFacts(folder);
  const table = readCsv(await bytesOf(folder, 'predictions.csv'), path.join(folder, 'predictions.csv'));
  const predictions = table.rows.map((row) => predictionOf(row, facts.folds));
  return { facts, predictions, metrics: externalMetrics(predictions, facts.excluded, background) };
}
