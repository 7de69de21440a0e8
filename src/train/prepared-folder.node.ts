import path from 'node:path';
import { writeCsv } from '../formats/csv.ts';
import { writeFileAtomically } from '../formats/files.node.ts';
import type { Studies } from '../formats/studies.ts';
import { fileSha256 } from './pictures-file.node.ts';
import { TRUTH_COLUMNS, truthCells } from './subject-table.ts';
import type { TestSubject } from './subjects.ts';

/** By this file a prepared folder is known. */
export const PREPARED_MARKER = 'prepare.json';

/** Keys as in the command's JSON. */
export interface PreparedStudy extends TestSubject {
  /** Number of the study among all that were found, from 1. */
  study: number;
  warnings: string[];
  /** Where it came from, when identifiers are kept. */
  source?: string;
}

/** What a preparation made; keys as in the command's JSON. */
export interface PrepareResult {
  studies: PreparedStudy[];
  refused: { study: string; cause: string }[];
  /** Lines of the label file for which there is no study. */
  labels_without_study: number[];
  images_sha256: string;
  subjects_sha256: string;
}

const COLUMNS = ['subject', 'study', 'age', 'sex', 'scanner', 'contrast'] as const;

function subjectsCsv(studies: readonly PreparedStudy[]): string {
  const truth = studies.some((study) => study.truth) ? TRUTH_COLUMNS : [];
  const source = studies.some((study) => study.source !== undefined) ? (['source'] as const) : [];
  const rows = studies.map((study) => ({
    subject: study.subject,
    study: study.study,
    age: study.age,
    sex: study.sex,
    scanner: study.scanner,
    contrast: study.contrast,
    ...truthCells(study.truth),
    source: study.source ?? null,
  }));
  return writeCsv([...COLUMNS, ...truth, ...source], rows);
}

/** All files that were looked at, each once. */
function filesOf({ studies, refused, skipped }: Studies): number {
  const others = studies.flatMap((study) => study.others);
  return new Set([...studies, ...others, ...refused, ...skipped].flatMap(({ files }) => files)).size;
}

/**
 * Writes subjects.csv and, last, prepare.json beside the pictures.
 * @param facts recipe and environment, the first entries of prepare.json
 */
export async function writeTables(
  folder: string,
  facts: Record<string, unknown>,
  found: Studies,
  made: Omit<PrepareResult, 'images_sha256' | 'subjects_sha256'>,
): Promise<PrepareResult> {
  const table = path.join(folder, 'subjects.csv');
  await writeFileAtomically(table, subjectsCsv(made.studies));
  const hashes = {
    images_sha256: await fileSha256(path.join(folder, 'images.safetensors')),
    subjects_sha256: await fileSha256(table),
  };
  const content = {
    ...facts,
    ...hashes,
    found: found.studies.length + found.refused.length,
    used: made.studies.length,
    refused: made.refused,
    labels_without_study: made.labels_without_study,
    identifiers_kept: made.studies.some(({ source }) => source !== undefined),
    files: filesOf(found),
    other_files: found.skipped.reduce((sum, { files }) => sum + files.length, 0),
    warnings: made.studies
      .filter(({ warnings }) => warnings.length > 0)
      .map(({ study, warnings }) => ({ study, warnings })),
  };
  await writeFileAtomically(path.join(folder, PREPARED_MARKER), `${JSON.stringify(content, null, 2)}\n`);
  return { ...made, ...hashes };
}
