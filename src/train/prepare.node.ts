/**
 * From a heap of studies to training data: `images.safetensors`, `subjects.csv` and `prepare.json`. Every study is used or
 * listed as refused with its cause. Identifiers become pseudonyms unless the user wants to keep them.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readCsv } from '../formats/csv.ts';
import { type Refusal, RefusedError, refusalLine } from '../formats/refusal.ts';
import type { Studies, Study } from '../formats/studies.ts';
import type { Volume } from '../formats/volume.ts';
import { messageOf, UserError } from '../util/errors.ts';
import { checkReplaceable, writeFolder } from '../util/folder.node.ts';
import { ContactSheet } from './contact-sheet.node.ts';
import { Identities } from './identities.node.ts';
import { type Label, type Labels, labelAge, OLDEST, readLabels } from './labels.ts';
import { PicturesWriter } from './pictures-file.node.ts';
import { PREPARED_MARKER, type PreparedStudy, type PrepareResult, writeTables } from './prepared-folder.node.ts';
import type { Recipe } from './recipe.ts';
import type { Subject } from './subjects.ts';

export interface PrepareOptions {
  out: string;
  /** CSV file of ages; without it the files' own tags are used. */
  labels: string | undefined;
  keepIdentifiers: boolean;
  /** Whether to write qa.html as well. */
  qa: boolean;
  /** Versions, adapter: written into prepare.json. */
  environment: Record<string, unknown>;
}

export interface PrepareHooks {
  onStudy(done: number, total: number): void;
  onRefusal(line: string): void;
  signal: AbortSignal;
}

/** A study that can be used as far as its tags and labels tell. */
interface Candidate {
  study: Study;
  number: number;
  subject: string;
  facts: Pick<Subject, 'age' | 'sex' | 'truth'>;
}

async function readLabelFile(file: string): Promise<Labels> {
  const name = path.basename(file);
  const bytes = await readFile(file).catch((error) => {
    throw new UserError(`${name}: the label file cannot be read (${messageOf(error)})`);
  });
  return readLabels(name, readCsv(bytes, name));
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
  const preparation = new Preparation(found, recipe, labels, new Identities(options.keepIdentifiers), hooks);
  const candidates = preparation.candidates();
  return writeFolder(options.out, PREPARED_MARKER, async (folder) => {
    const sheet = options.qa ? await ContactSheet.create(path.join(folder, 'qa.html')) : null;
    const images = path.join(folder, 'images.safetensors');
    const studies = await preparation.writePictures(images, candidates, sheet).finally(() => sheet?.close());
    const facts = { recipe: recipe.description, ...options.environment };
    return writeTables(folder, facts, found, {
      studies,
      refused: preparation.refused,
      labels_without_study: labels?.unused().map(({ line }) => line) ?? [],
    });
  });
}

class Preparation {
  readonly #found: Studies;
  readonly #recipe: Recipe;
  readonly #labels: Labels | null;
  readonly #identities: Identities;
  readonly #hooks: PrepareHooks;
  readonly refused: PrepareResult['refused'] = [];

  constructor(found: Studies, recipe: Recipe, labels: Labels | null, identities: Identities, hooks: PrepareHooks) {
    this.#found = found;
    this.#recipe = recipe;
    this.#labels = labels;
    this.#identities = identities;
    this.#hooks = hooks;
  }

  #refuse(of: Study | Refusal, cause: string): void {
    const files = 'name' in of ? [of.name] : of.files;
    this.#hooks.onRefusal(refusalLine({ files, cause }));
    const study = this.#identities.refused(this.refused.length + 1, of);
    this.refused.push({ study, cause: this.#identities.text(cause, of) });
  }

  /** The studies worth reading; the others are refused. Says which labels have no study. */
  candidates(): Candidate[] {
    for (const refusal of this.#found.refused) this.#refuse(refusal, refusal.cause);
    const list = this.#found.studies.flatMap((study, index) => this.#candidate(study, index + 1) ?? []);
    for (const { line } of this.#labels?.unused() ?? []) {
      this.#hooks.onRefusal(`${this.#labels?.name}: line ${line}: there is no such study`);
    }
    return list;
  }

  #candidate(study: Study, number: number): Candidate | null {
    const { studyUid, seriesUid } = study;
    const uids = [studyUid, seriesUid].filter((uid) => uid !== '');
    const label = this.#labels?.find({ ...study, uids }) ?? null;
    const age = this.#labels ? label && labelAge(label, study.studyDate) : study.age;
    const fault = this.#ageFault(label, age);
    if (fault !== null || age === null) {
      this.#refuse(study, fault ?? 'no age');
      return null;
    }
    const identifier = label?.subject || study.patientId || study.studyUid || study.name;
    const facts = { age, sex: label?.sex || (study.sex ?? ''), truth: label?.truth ?? null } as const;
    return { study, number, subject: this.#identities.subject(identifier), facts };
  }

  /** Why a study has no age that can be learned; null where it has one. */
  #ageFault(label: Label | null, age: number | null): string | null {
    if (!this.#labels) return age === null ? 'no age in its tags; give a table with --labels' : null;
    const { name } = this.#labels;
    if (!label) return `${name} has no row for it`;
    if (age === null)
      return `${name}: line ${label.line} gives a date of birth, but nothing says when the scan was made`;
    if (age >= 0 && age <= OLDEST) return null;
    return `${name}: line ${label.line}: by its dates the patient was ${age.toFixed(1)} years old; 0 to ${OLDEST} can be`;
  }

  /** Prepares the candidates one after another into a file of pictures, and onto a contact sheet where there is one. */
  async writePictures(
    file: string,
    candidates: readonly Candidate[],
    sheet: ContactSheet | null,
  ): Promise<PreparedStudy[]> {
    const writer = await PicturesWriter.create(file, this.#recipe.side);
    try {
      const studies: PreparedStudy[] = [];
      let done = 0;
      for await (const { candidate, volume } of loaded(candidates)) {
        this.#hooks.signal.throwIfAborted();
        const prepared = await this.#prepareOne(candidate, volume, writer, sheet);
        if (prepared) studies.push(prepared);
        this.#hooks.onStudy(++done, candidates.length);
      }
      if (studies.length === 0) throw this.#nothing();
      const metadata = Object.entries(this.#recipe.description).map(([key, value]) => [key, String(value)]);
      await writer.finish(Object.fromEntries(metadata));
      await sheet?.finish();
      return studies;
    } finally {
      await writer.close();
    }
  }

  #nothing(): UserError {
    const first = this.refused[0]?.cause ?? 'there is none';
    return new UserError(`no study can be used: ${this.refused.length} refused, the first because: ${first}`);
  }

  async #prepareOne(
    { study, number, subject, facts }: Candidate,
    volume: Volume | Error,
    writer: PicturesWriter,
    sheet: ContactSheet | null,
  ): Promise<PreparedStudy | null> {
    try {
      if (volume instanceof Error) throw volume;
      const inspected = sheet ? await this.#recipe.inspect(volume) : null;
      const { image, warnings } = inspected ?? (await this.#recipe.run(volume));
      await writer.add(image);
      const texts = [...study.warnings, ...warnings].map((text) => this.#identities.text(text, study));
      const source = this.#identities.kept ? { source: study.name } : {};
      const prepared = { subject, study: number, ...facts, warnings: texts, ...source };
      if (inspected) await sheet?.add(prepared, image, inspected.mask, this.#recipe.side);
      return prepared;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#refuse(study, error.refusal.cause);
      return null;
    }
  }
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
