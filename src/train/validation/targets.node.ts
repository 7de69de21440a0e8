/** The studies that are perturbed: of patients drawn by the run's seed, with their scans where these are at hand. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readCsv } from '../../formats/csv.ts';
import type { Study } from '../../formats/studies.ts';
import { randomStream } from '../../util/random.ts';
import type { Prediction } from '../metrics.ts';
import { pictureAt } from '../pictures.ts';
import { readPictures } from '../pictures-file.node.ts';
import type { Given } from './given.node.ts';
import { pictureSha256, type Target } from './perturbed.node.ts';
import { matchScans } from './scans.node.ts';

/** Predictions of the studies of `count` patients, in the order of the table. */
export function drawn(predictions: readonly Prediction[], count: number, seed: number): Prediction[] {
  const subjects = [...new Set(predictions.map(({ subject }) => subject))];
  const order = randomStream(seed, 'validation patients').permutation(subjects.length);
  const chosen = new Set(order.slice(0, count).map((i) => subjects[i]));
  return predictions.filter(({ subject }) => chosen.has(subject));
}

async function studyNumbers(data: string): Promise<(number | null)[]> {
  const file = path.join(data, 'subjects.csv');
  return readCsv(await readFile(file), file).rows.map((row) => row.number('study'));
}

async function pictureHashes(data: string, rows: ReadonlySet<number>): Promise<Map<number, string>> {
  const hashes = new Map<number, string>();
  await readPictures(path.join(data, 'images.safetensors'), (picture, row) => {
    if (rows.has(row)) hashes.set(row, pictureSha256(picture));
  });
  return hashes;
}

/** The chosen studies with their scans, and those of which there is none. */
export async function findTargets(
  { options: { labels }, data, dataset }: Given,
  chosen: readonly Prediction[],
  studies: readonly Study[],
): Promise<{ targets: Target[]; missing: { subject: string; cause: string }[] }> {
  const numbers = await studyNumbers(data);
  const wanted = chosen.map(({ row, subject }) => ({ row, subject, study: numbers[row] ?? null }));
  const labelled = (study: Study) => labels?.find(study)?.subject ?? '';
  const { found, missing } = matchScans(wanted, studies, labelled);
  const hashes = await pictureHashes(data, new Set(found.keys()));
  const targets = chosen.flatMap(({ row, subject, age, fold }): Target[] => {
    const scan = found.get(row);
    if (!scan) return [];
    return [
      { row, subject, age, fold, scan, sha256: hashes.get(row) ?? '', picture: pictureAt(dataset.pictures, row) },
    ];
  });
  return { targets, missing };
}
