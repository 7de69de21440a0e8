/**
 * What becomes of every file of some folders: read, converted to NIfTI and prepared, or the reason why not. Each folder is
 * taken as a user would give it, with the files that lie in it directly. Converted volumes are read again by nibabel and
 * compared with what nibabel or pydicom make of the sources (test/reference/check_converted.py).
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { writeCsv } from '../../src/formats/csv.ts';
import { walk } from '../../src/formats/files.node.ts';
import { writeNifti } from '../../src/formats/nifti/write.ts';
import { type Refusal, refusalOf } from '../../src/formats/refusal.ts';
import { type FileSource, folderOf } from '../../src/formats/source.ts';
import { readStudies, type Study } from '../../src/formats/studies.ts';
import { type Gpu, openGpu } from '../../src/gpu/index.ts';
import { kerberRecipe, type Recipe } from '../../src/train/recipe.ts';

/** One line of the table. */
interface Row {
  file: string;
  /** `used`, `other series`, `refused` or `no image`. */
  outcome: string;
  /** Number of the study among all, size and axes, where the file is part of one. */
  study: string;
  convert: string;
  prepare: string;
  why: string;
}

const COLUMNS = ['file', 'outcome', 'study', 'convert', 'prepare', 'why'] as const;
/** One that has nibabel and pydicom. */
const PYTHON = process.env.PYTHON ?? 'python3';
const CHECK = 'test/reference/check_converted.py';

class Table {
  readonly rows: Row[] = [];
  readonly #studies: { study: Study; rows: Row[] }[] = [];

  constructor(
    private readonly root: string,
    private readonly recipe: Recipe,
    /** Where converted volumes go. */
    private readonly converted: string,
  ) {}

  #add(files: readonly string[], outcome: string, why: string): Row[] {
    const rows = files.map((name) => ({
      file: path.relative(this.root, name).replaceAll('\\', '/'),
      outcome,
      study: '',
      convert: '',
      prepare: '',
      why: this.#text(why),
    }));
    this.rows.push(...rows);
    return rows;
  }

  /** Messages without the folder that everything lies in. */
  #text(message: string): string {
    return message.replaceAll(`${this.root}/`, '');
  }

  async addFolder(sources: readonly FileSource[]): Promise<void> {
    const { studies, refused, skipped } = await readStudies(sources);
    const add = (outcome: string) => (each: Refusal) => this.#add(each.files, outcome, each.cause);
    skipped.forEach(add('no image'));
    refused.forEach(add('refused'));
    for (const study of studies) {
      study.others.forEach(add('other series'));
      await this.#addStudy(study);
    }
  }

  async #addStudy(study: Study): Promise<void> {
    const rows = this.#add(study.files, 'used', study.warnings.join('; '));
    const set = (values: Partial<Row>) => rows.forEach((row) => void Object.assign(row, values));
    this.#studies.push({ study, rows });
    set({ study: `${this.#studies.length}: ${study.size.join(' × ')}` });
    try {
      const volume = await study.load();
      const name = path.join(this.converted, String(this.#studies.length));
      await writeFile(`${name}.nii`, writeNifti(volume, { gzip: false }));
      await writeFile(`${name}.json`, JSON.stringify({ format: study.format, files: study.files }));
      set({ convert: 'written' });
      const { warnings } = await this.recipe.run(volume);
      set({ prepare: 'prepared', why: this.#text([...study.warnings, ...warnings].join('; ')) });
    } catch (error) {
      set({ [rows[0]?.convert ? 'prepare' : 'convert']: 'refused', why: this.#text(refusalOf(error, []).cause) });
    }
  }

  /** Has nibabel read what was converted. @returns how many volumes it does not agree with */
  check(): number {
    const { stdout, stderr, status } = spawnSync(PYTHON, [CHECK, this.converted], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${PYTHON} ${CHECK}: ${stderr}`);
    let wrong = 0;
    for (const { volume, agrees, text } of JSON.parse(stdout) as { volume: number; agrees: boolean; text: string }[]) {
      if (!agrees) wrong++;
      for (const row of this.#studies[volume - 1]?.rows ?? [])
        row.convert = `${agrees ? 'agrees' : 'DIFFERS'}: ${text}`;
    }
    return wrong;
  }
}

/** Items by the folder of their names, in the order in which folders occur. */
function byFolder<T>(items: readonly T[], nameOf: (item: T) => string): [string, T[]][] {
  const folders = new Map<string, T[]>();
  for (const item of items) {
    const folder = folderOf(nameOf(item));
    folders.set(folder, [...(folders.get(folder) ?? []), item]);
  }
  return [...folders];
}

/** A line for each folder: how many files ended how. */
function summary(rows: readonly Row[]): string {
  const outcomes = ['used', 'other series', 'refused', 'no image'];
  const lines = byFolder(rows, ({ file }) => file).map(([folder, list]) => {
    const counts = outcomes.map((outcome) => list.filter((row) => row.outcome === outcome).length || '');
    const agree = new Set(list.filter((row) => row.convert.startsWith('agrees')).map(({ study }) => study)).size;
    const prepared = new Set(list.filter((row) => row.prepare === 'prepared').map(({ study }) => study)).size;
    const why = [...new Set(list.filter(({ why }) => why).map((row) => `${row.outcome}: ${row.why}`))];
    return `| ${[folder, list.length, ...counts, agree || '', prepared || '', why.join('<br>').replaceAll('|', '\\|')].join(' | ')} |`;
  });
  const titles = ['folder', 'files', ...outcomes, 'volumes that nibabel agrees with', 'prepared', 'why'];
  return [`| ${titles.join(' | ')} |`, `|${' --- |'.repeat(titles.length)}`, ...lines].join('\n');
}

async function table(root: string, folders: readonly string[], gpu: Gpu): Promise<[Table, number]> {
  const converted = await mkdtemp(path.join(os.tmpdir(), 'agelens-converted-'));
  try {
    const made = new Table(root, kerberRecipe(gpu, { markers: 'band', slab: 10 }), converted);
    for (const folder of folders) {
      for (const [, sources] of byFolder(await walk(path.join(root, folder)), ({ name }) => name))
        await made.addFolder(sources);
    }
    return [made, made.check()];
  } finally {
    await rm(converted, { recursive: true, force: true });
  }
}

const [root = '', ...rest] = process.argv.slice(2);
const folders = rest.filter((argument) => argument !== '--summary');
const gpu = await openGpu();
const [{ rows }, wrong] = await table(path.resolve(root), folders.length > 0 ? folders : ['.'], gpu).finally(() =>
  gpu.close(),
);
process.stdout.write(
  rest.includes('--summary')
    ? `${summary(rows)}\n`
    : writeCsv(
        [...COLUMNS],
        rows.map((row) => ({ ...row })),
      ),
);
if (wrong > 0) throw new Error(`${wrong} converted volumes differ from what nibabel and pydicom read`);
