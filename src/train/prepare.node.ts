/**
 * From a heap of studies to training data: `images.safetensors`, `subjects.csv` and `prepare.json`. Every study is used or
 * listed as refused with its cause. Identifiers become pseudonyms unless the user wants to keep them.
 */
import path from 'node:path';
import { scannerName } from '../formats/dicom/acquisition.ts';
import { FileNaming } from '../formats/naming.ts';
import { type Refusal, RefusedError } from '../formats/refusal.ts';
import type { Studies, Study } from '../formats/studies.ts';
import type { Volume } from '../formats/volume.ts';
import { messageOf, UserError } from '../util/errors.ts';
import { checkReplaceable, writeFolder } from '../util/folder.node.ts';
import { inOrder } from '../util/in-order.ts';
import { VERSION } from '../util/version.ts';
import { ContactSheet } from './contact-sheet.node.ts';
import { Identities, identifierOf } from './identities.node.ts';
import { type Label, type Labels, labelAge, OLDEST } from './labels.ts';
import { readLabelFile } from './labels-file.node.ts';
import { PicturesWriter } from './pictures-file.node.ts';
import { PREPARED_MARKER, type PreparedStudy, type PrepareResult, writeTables } from './prepared-folder.node.ts';
import { PreparedUnits, type Unit } from './prepared-units.node.ts';
import type { Recipe } from './recipe.ts';
import type { TestSubject } from './subjects.ts';

/** Who reads studies, and how far ahead of the device. */
export interface Reading {
  load(study: Study): Promise<Volume>;
  /** Most studies in memory at once, that on the device included. */
  most: number;
  /** Most bytes of these together; a larger study is read alone. */
  bytes: number;
}

/** One study ahead, in this thread. */
const ONE_AHEAD: Reading = { load: (study) => study.load(), most: 2, bytes: Number.POSITIVE_INFINITY };

export interface PrepareOptions {
  out: string;
  /** CSV file of ages; without it the files' own tags are used. */
  labels: string | undefined;
  keepIdentifiers: boolean;
  /** Whether to keep studies whose age is not known; nothing can be learned from them. */
  unknownAges: boolean;
  /** Whether to write qa.html as well. */
  qa: boolean;
  /** Versions, adapter: written into prepare.json. */
  environment: Record<string, unknown>;
  /** One study ahead in this thread unless given; what comes out is the same. */
  reading?: Reading;
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
  facts: Omit<TestSubject, 'subject'>;
}

/** A part of the work: every `of`-th study from the `index`-th on, counted from 1. */
export interface Shard {
  index: number;
  of: number;
}

/**
 * Prepares every study of `found` into the folder `out`. What an earlier run has prepared, whole or interrupted or a shard
 * of it, is taken from there.
 * @throws UserError when not one study can be used; nothing is written then
 */
export async function prepare(
  found: Studies,
  recipe: Recipe,
  options: PrepareOptions,
  hooks: PrepareHooks,
): Promise<PrepareResult> {
  await checkReplaceable(options.out, PREPARED_MARKER);
  const preparation = await openPreparation(found, recipe, options, hooks);
  const candidates = preparation.candidates();
  return writeFolder(options.out, PREPARED_MARKER, async (folder) => {
    const sheet = options.qa ? await ContactSheet.create(path.join(folder, 'qa.html')) : null;
    const images = path.join(folder, 'images.safetensors');
    const studies = await preparation.writePictures(images, candidates, sheet).finally(() => sheet?.close());
    const facts = { recipe: recipe.description, ...options.environment };
    return writeTables(folder, facts, found, {
      studies,
      refused: preparation.refused,
      labels_without_study: preparation.unusedLabels(),
    });
  });
}

/**
 * Prepares a shard of the studies and leaves the results beside `out`, for a run without shard to gather.
 * @returns how many studies belong to the shard, and how many of them had been done before
 */
export async function prepareShard(
  found: Studies,
  recipe: Recipe,
  options: PrepareOptions,
  shard: Shard,
  hooks: PrepareHooks,
): Promise<{ studies: number; done_before: number }> {
  const preparation = await openPreparation(found, recipe, options, hooks);
  const candidates = preparation.candidates().filter((_, i) => i % shard.of === shard.index - 1);
  let before = 0;
  let done = 0;
  for await (const { isNew } of preparation.unitsOf(candidates)) {
    if (!isNew) before++;
    hooks.onStudy(++done, candidates.length);
  }
  return { studies: candidates.length, done_before: before };
}

async function openPreparation(
  found: Studies,
  recipe: Recipe,
  options: PrepareOptions,
  hooks: PrepareHooks,
): Promise<Preparation> {
  const { out, labels, keepIdentifiers } = options;
  const table = labels === undefined ? null : await readLabelFile(labels);
  return new Preparation(found, recipe, table, new Identities(keepIdentifiers), new PreparedUnits(out), options, hooks);
}

class Preparation {
  readonly #found: Studies;
  readonly #recipe: Recipe;
  readonly #labels: Labels | null;
  readonly #identities: Identities;
  readonly #naming: FileNaming;
  readonly #hooks: PrepareHooks;
  /** Whether masks are wanted too. */
  readonly #inspects: boolean;
  readonly #reading: Reading;
  readonly #unknownAges: boolean;
  readonly units: PreparedUnits;
  readonly refused: PrepareResult['refused'] = [];

  constructor(
    found: Studies,
    recipe: Recipe,
    labels: Labels | null,
    identities: Identities,
    units: PreparedUnits,
    { qa, unknownAges, reading = ONE_AHEAD }: Pick<PrepareOptions, 'qa' | 'unknownAges' | 'reading'>,
    hooks: PrepareHooks,
  ) {
    this.#found = found;
    this.#recipe = recipe;
    this.#labels = labels;
    this.#identities = identities;
    this.#naming = new FileNaming(found, identities.kept);
    this.#hooks = hooks;
    this.#inspects = qa;
    this.#unknownAges = unknownAges;
    this.#reading = reading;
    this.units = units;
  }

  /** Lines of the label file that no study has asked for. */
  unusedLabels(): number[] {
    return this.#labels?.unused().map(({ line }) => line) ?? [];
  }

  #refuse(of: Study | Refusal, cause: string): void {
    this.#hooks.onRefusal('name' in of ? this.#naming.studyLine(of, cause) : this.#naming.line({ ...of, cause }));
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
    const label = this.#labels?.find(study) ?? null;
    const age = this.#labels ? label && labelAge(label, study.studyDate) : study.age;
    const fault = this.#ageFault(label, age);
    if (fault !== null) {
      this.#refuse(study, fault);
      return null;
    }
    const facts = {
      age,
      sex: label?.sex || (study.sex ?? ''),
      scanner: this.#identities.text(scannerName(study), study),
      contrast: study.contrast === null ? '' : study.contrast ? 'yes' : 'no',
      truth: label?.truth ?? null,
    } as const;
    return { study, number, subject: this.#identities.subject(identifierOf(study, label?.subject ?? '')), facts };
  }

  /** Why a study's age makes it useless; null where it does not. */
  #ageFault(label: Label | null, age: number | null): string | null {
    if (age === null && this.#unknownAges) return null;
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
      for await (const { candidate, unit } of this.unitsOf(candidates)) {
        const study = 'refused' in unit ? null : studyOf(candidate, unit, this.#identities);
        if (study && 'image' in unit) {
          await writer.add(unit.image);
          if (unit.mask) await sheet?.add(study, unit.image, unit.mask, this.#recipe.side);
          studies.push(study);
        } else if ('refused' in unit) this.#refuse(candidate.study, unit.refused);
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

  /** What becomes of each candidate, in their order: taken from an earlier run, or made and kept for a later one. */
  async *unitsOf(
    candidates: readonly Candidate[],
  ): AsyncGenerator<{ candidate: Candidate; unit: Unit; isNew: boolean }> {
    const { side } = this.#recipe;
    const known = new Set<Candidate>();
    const load = async (candidate: Candidate): Promise<Volume | null> => {
      const unit = await this.units.get(this.#key(candidate), side);
      if (!unit || (this.#inspects && 'image' in unit && !unit.mask)) return this.#reading.load(candidate.study);
      known.add(candidate);
      return null;
    };
    const { most, bytes } = this.#reading;
    const bounds = { most, bytes, bytesOf: ({ study }: Candidate) => study.bytes };
    for await (const { candidate, volume } of inOrder(candidates, orError(load), bounds)) {
      this.#hooks.signal.throwIfAborted();
      const key = this.#key(candidate);
      const before = known.has(candidate) ? await this.units.get(key, side) : null;
      const unit = before ?? (await this.#prepareOne(candidate, volume));
      if (!before) await this.units.put(key, unit, side);
      yield { candidate, unit, isNew: !before };
    }
  }

  #key({ study }: Candidate): string {
    return this.#identities.key(JSON.stringify([VERSION, this.#recipe.description, study.stamp]));
  }

  async #prepareOne({ study }: Candidate, volume: Volume | Error | null): Promise<Unit> {
    try {
      if (volume === null) throw new RefusedError(study.files, 'the result of an earlier run is gone; run again');
      if (volume instanceof Error) throw volume;
      const inspected = this.#inspects ? await this.#recipe.inspect(volume) : null;
      const { image, warnings } = inspected ?? (await this.#recipe.run(volume));
      const texts = [...study.warnings, ...warnings].map((text) => this.#identities.text(text, study));
      return { image, mask: inspected?.mask ?? null, warnings: texts };
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return { refused: this.#identities.text(error.refusal.cause, study) };
    }
  }
}

function studyOf(
  { study, number, subject, facts }: Candidate,
  { warnings }: { warnings: readonly string[] },
  identities: Identities,
): PreparedStudy {
  return {
    subject,
    study: number,
    ...facts,
    warnings: [...warnings],
    ...(identities.kept ? { source: study.name } : {}),
  };
}

/** Loads a candidate; what is thrown becomes its volume, since other studies go on. */
function orError(load: (candidate: Candidate) => Promise<Volume | null>) {
  return async (candidate: Candidate): Promise<{ candidate: Candidate; volume: Volume | Error | null }> => {
    const caught = (error: unknown) => (error instanceof Error ? error : new Error(messageOf(error)));
    return { candidate, volume: await load(candidate).catch(caught) };
  };
}
