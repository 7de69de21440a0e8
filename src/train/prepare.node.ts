/**
 * From a heap of studies to training data: `images.safetensors`, `subjects.csv` and `prepare.json`. Every study is used or
 * listed as refused with its cause. Identifiers become pseudonyms unless the user wants to keep them.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readCsv, writeCsv } from '../formats/csv.ts';
import { writeFileAtomically } from '../formats/files.node.ts';
import { type Refusal, RefusedError, refusalLine } from '../formats/refusal.ts';
import type { Studies, Study } from '../formats/studies.ts';
import type { Volume } from '../formats/volume.ts';
import { messageOf, UserError } from '../util/errors.ts';
import { checkReplaceable, writeFolder } from '../util/folder.node.ts';
import { type Label, type Labels, readLabels } from './labels.ts';
import { fileSha256, PicturesWriter } from './pictures-file.node.ts';
import { pseudonym, userSalt } from './pseudonym.node.ts';
import type { Recipe } from './recipe.ts';
import type { Subject } from './subjects.ts';

export const PREPARED_MARKER = 'prepare.json';

export interface PrepareOptions {
  out: string;
  /** CSV file of ages; without it the files' own tags are used. */
  labels: string | undefined;
  keepIdentifiers: boolean;
  /** Versions, adapter: written into prepare.json. */
  environment: Record<string, unknown>;
}

export interface PrepareHooks {
  onStudy(done: number, total: number): void;
  onRefusal(line: string): void;
  signal: AbortSignal;
}

/** Keys as in prepare.json and the command's JSON. */
export interface PreparedStudy extends Subject {
  /** Number of the study among all that were found, from 1. */
  study: number;
  warnings: string[];
  source?: string;
}

export interface PrepareResult {
  studies: PreparedStudy[];
  refused: { study: string; cause: string }[];
  /** Lines of the label file for which there is no study. */
  labels_without_study: number[];
  images_sha256: string;
  subjects_sha256: string;
}

/** A study that can be used as far as its tags and labels tell. */
interface Candidate {
  study: Study;
  number: number;
  subject: string;
  facts: Pick<Subject, 'age' | 'sex' | 'truth'>;
}

export async function readLabelFile(file: string): Promise<Labels> {
  const name = path.basename(file);
  const bytes = await readFile(file).catch((error) => {
    throw new UserError(`${name}: the label file cannot be read (${messageOf(error)})`);
  });
  return readLabels(name, readCsv(bytes, name));
}

/** Removes what names a patient from a text that goes into files. */
function anonymous(text: string, study: Pick<Study, 'files' | 'name' | 'patientId'> | Refusal): string {
  const identifiers = [...study.files, ...('name' in study ? [study.name, study.patientId] : [])];
  const words = identifiers.flatMap((each) => [each, path.posix.basename(each)]).filter((word) => word.length > 2);
  return [...new Set(words)]
    .sort((a, b) => b.length - a.length)
    .reduce((rest, word) => rest.replaceAll(word, '…'), text);
}

function factsOf(study: Study, labels: Labels | null): { facts: Candidate['facts']; label: Label | null } | string {
  if (!labels) {
    if (study.age === null) return 'no age in its tags; give a table with --labels';
    return { facts: { age: study.age, sex: study.sex ?? '', truth: null }, label: null };
  }
  const label = labels.find(study);
  if (!label) return `${labels.name} has no row for it`;
  return { facts: { age: label.age, sex: label.sex || (study.sex ?? ''), truth: label.truth }, label };
}

/** The studies worth preparing; the others go to `refuse`. */
function candidates(
  studies: readonly Study[],
  labels: Labels | null,
  name: (identifier: string) => string,
  refuse: (study: Study, cause: string) => void,
): Candidate[] {
  return studies.flatMap((study, index) => {
    const found = factsOf(study, labels);
    if (typeof found === 'string') {
      refuse(study, found);
      return [];
    }
    const identifier = found.label?.subject || study.patientId || study.studyUid || study.name;
    return [{ study, number: index + 1, subject: name(identifier), facts: found.facts }];
  });
}

/** Loads one study ahead, so that reading files and computing overlap; no more than two volumes are in memory. */
async function* loaded(list: readonly Candidate[]): AsyncGenerator<{ candidate: Candidate; volume: Volume | Error }> {
  const start = (candidate: Candidate | undefined) =>
    candidate?.study.load().catch((error: unknown) => (error instanceof Error ? error : new Error(messageOf(error))));
  let ahead = start(list[0]);
  for (const [index, candidate] of list.entries()) {
    const volume = await ahead;
    ahead = start(list[index + 1]);
    if (volume) yield { candidate, volume };
  }
}

/**
 * Prepares every study of `found` into the folder `out`.
 * @throws UserError when not one study can be used; nothing is written then
 */
export async function prepare(
  found: Studies,
  recipe: Recipe,
  options: PrepareOptions,
  hooks: PrepareHooks,
): Promise<PrepareResult> {
  await checkReplaceable(options.out, PREPARED_MARKER);
  const labels = options.labels === undefined ? null : await readLabelFile(options.labels);
  const salt = options.keepIdentifiers ? null : userSalt();
  const clean = (text: string, of: Parameters<typeof anonymous>[1]) => (salt ? anonymous(text, of) : text);
  const refused: PrepareResult['refused'] = [];
  const refuse = (refusal: Refusal, study: Study | null = null) => {
    hooks.onRefusal(refusalLine(refusal));
    refused.push({
      study: salt ? `refused ${refused.length + 1}` : (study?.name ?? refusal.files[0] ?? ''),
      cause: clean(refusal.cause, study ?? refusal),
    });
  };
  for (const refusal of found.refused) refuse(refusal);
  const list = candidates(
    found.studies,
    labels,
    (identifier) => (salt ? pseudonym(identifier, salt) : identifier),
    (study, cause) => refuse({ files: [study.name], cause }, study),
  );
  for (const { line } of labels?.unused() ?? [])
    hooks.onRefusal(`${labels?.name}: line ${line}: there is no such study`);
  return writeFolder(options.out, PREPARED_MARKER, async (folder) => {
    const file = path.join(folder, 'images.safetensors');
    const writer = await PicturesWriter.create(file, recipe.side);
    const studies: PreparedStudy[] = [];
    try {
      let done = 0;
      for await (const { candidate, volume } of loaded(list)) {
        hooks.signal.throwIfAborted();
        const { study } = candidate;
        try {
          if (volume instanceof Error) throw volume;
          const { image, warnings } = await recipe.run(volume);
          await writer.add(image);
          studies.push(
            rowOf(
              candidate,
              [...study.warnings, ...warnings].map((text) => clean(text, study)),
              salt === null,
            ),
          );
        } catch (error) {
          if (!(error instanceof RefusedError)) throw error;
          refuse({ files: [study.name], cause: error.refusal.cause }, study);
        }
        hooks.onStudy(++done, list.length);
      }
      if (studies.length === 0)
        throw new UserError(
          `no study can be used: ${refused.length} refused, the first because ${refused[0]?.cause ?? 'there is none'}`,
        );
      await writer.finish(
        Object.fromEntries(Object.entries(recipe.description).map(([key, value]) => [key, String(value)])),
      );
    } finally {
      await writer.close();
    }
    return finishFolder(folder, file, { studies, refused, labels, found, recipe, options });
  });
}

function rowOf({ study, number, subject, facts }: Candidate, warnings: string[], named: boolean): PreparedStudy {
  return { subject, study: number, ...facts, warnings, ...(named ? { source: study.name } : {}) };
}

interface Finished {
  studies: PreparedStudy[];
  refused: PrepareResult['refused'];
  labels: Labels | null;
  found: Studies;
  recipe: Recipe;
  options: PrepareOptions;
}

async function finishFolder(
  folder: string,
  images: string,
  { studies, refused, labels, found, recipe, options }: Finished,
): Promise<PrepareResult> {
  const table = path.join(folder, 'subjects.csv');
  await writeFileAtomically(table, subjectsCsv(studies));
  const result: PrepareResult = {
    studies,
    refused,
    labels_without_study: labels?.unused().map(({ line }) => line) ?? [],
    images_sha256: await fileSha256(images),
    subjects_sha256: await fileSha256(table),
  };
  const facts = {
    recipe: recipe.description,
    ...options.environment,
    images_sha256: result.images_sha256,
    subjects_sha256: result.subjects_sha256,
    found: found.studies.length + found.refused.length,
    used: studies.length,
    refused,
    labels_without_study: result.labels_without_study,
    other_files: found.skipped.reduce((sum, { files }) => sum + files.length, 0),
    warnings: studies.filter(({ warnings }) => warnings.length > 0).map(({ study, warnings }) => ({ study, warnings })),
  };
  await writeFileAtomically(path.join(folder, PREPARED_MARKER), `${JSON.stringify(facts, null, 2)}\n`);
  return result;
}

const COLUMNS = ['subject', 'study', 'age', 'sex'] as const;
const TRUTH_COLUMNS = ['biological_age', 'ideal_mean', 'ideal_sigma', 'ideal_absolute_error'] as const;

function subjectsCsv(studies: readonly PreparedStudy[]): string {
  const truth = studies.some((study) => study.truth) ? TRUTH_COLUMNS : [];
  const source = studies.some((study) => study.source !== undefined) ? (['source'] as const) : [];
  const rows = studies.map((study) => ({
    subject: study.subject,
    study: study.study,
    age: study.age,
    sex: study.sex,
    biological_age: study.truth?.biologicalAge ?? null,
    ideal_mean: study.truth?.mean ?? null,
    ideal_sigma: study.truth?.sigma ?? null,
    ideal_absolute_error: study.truth?.absoluteError ?? null,
    source: study.source ?? null,
  }));
  return writeCsv([...COLUMNS, ...truth, ...source], rows);
}
