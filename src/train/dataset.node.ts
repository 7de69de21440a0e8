import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type CsvRow, readCsv } from '../formats/csv.ts';
import { UserError } from '../util/errors.ts';
import { type Flow, flowOf, type PreparedFlow } from './flow.ts';
import { averageDown, type Pictures } from './pictures.ts';
import { fileSha256, readPictures } from './pictures-file.node.ts';
import { testSubjectOf } from './subject-table.ts';
import type { Subject, TestSubject } from './subjects.ts';

export interface Dataset<S extends TestSubject = Subject> {
  /** In the order of `subjects`. */
  pictures: Pictures;
  subjects: S[];
  /** SHA-256 over the hashes of both files: two data sets with the same are the same. */
  fingerprint: string;
  /** How the pictures were made, as prepare.json says. */
  recipe: Record<string, string | number>;
  /** For the report. */
  flow: Flow;
}

interface PrepareFacts extends PreparedFlow {
  recipe?: Record<string, string | number>;
  images_sha256?: string;
  subjects_sha256?: string;
}

async function readFacts(folder: string): Promise<PrepareFacts> {
  const file = path.join(folder, 'prepare.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(`${file}: no such file; --data takes a folder made by agelens prepare`);
  });
  try {
    return JSON.parse(text) as PrepareFacts;
  } catch {
    throw new UserError(`${file}: not JSON; make the folder again with agelens prepare`);
  }
}

/**
 * Reads a prepared folder for training, its pictures averaged down to `side` as they come.
 * @throws UserError when a file is missing, changed since it was prepared, or does not fit the others, or an age is unknown
 */
export function loadDataset(folder: string, side: number): Promise<Dataset> {
  return load(folder, side, (row) => {
    const age = row.number('age');
    return {
      ...testSubjectOf(row),
      age: age ?? row.refuse('age is empty; prepare training data without --unknown-ages'),
    };
  });
}

/** Reads a prepared folder to predict ages, known or not. @throws UserError as `loadDataset` does */
export function loadTestSet(folder: string, side: number): Promise<Dataset<TestSubject>> {
  return load(folder, side, testSubjectOf);
}

async function load<S extends TestSubject>(
  folder: string,
  side: number,
  rowOf: (row: CsvRow) => S,
): Promise<Dataset<S>> {
  const facts = await readFacts(folder);
  const table = path.join(folder, 'subjects.csv');
  const images = path.join(folder, 'images.safetensors');
  const hashes = await Promise.all([images, table].map((file) => fileSha256(file).catch(() => 'absent')));
  [images, table].forEach((file, i) => {
    const stated = i === 0 ? facts.images_sha256 : facts.subjects_sha256;
    if (hashes[i] !== stated)
      throw new UserError(
        `${file}: its sha256 is ${hashes[i]?.slice(0, 12)}, prepare.json says ${stated?.slice(0, 12)}; make the folder again`,
      );
  });
  const { rows } = readCsv(await readFile(table), table);
  const subjects = rows.map(rowOf);
  const pictures: Pictures = { data: new Float32Array(subjects.length * side * side), count: subjects.length, side };
  await readPictures(images, (picture, index, layout) => {
    if (layout.count !== subjects.length)
      throw new UserError(`${images}: ${layout.count} pictures for ${subjects.length} subjects`);
    if (layout.side < side)
      throw new UserError(
        `${images}: pictures of ${layout.side} × ${layout.side} pixels cannot become ${side} × ${side}; set picture to ${layout.side} or less`,
      );
    pictures.data.set(averageDown(picture, layout.side, side), index * side * side);
  });
  const flow = flowOf(
    facts,
    rows.map((row) => row.number('study')),
  );
  return { pictures, subjects, fingerprint: `${hashes.join('-')}`, recipe: facts.recipe ?? {}, flow };
}
