import type { Studies } from '../formats/studies.ts';
import { environmentOf } from '../train/environment.node.ts';
import { type PrepareHooks, type PrepareOptions, prepare, prepareShard, type Shard } from '../train/prepare.node.ts';
import type { PreparedStudy, PrepareResult } from '../train/prepared-folder.node.ts';
import { kerberRecipe, type Recipe } from '../train/recipe.ts';
import { ageText } from '../train/subjects.ts';
import { defineCommand, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { readInput } from './inputs.ts';
import { UsageError } from './parse.ts';
import { openReaders, readingOf } from './reading.ts';

export interface PrepareCtOptions {
  data: string;
  out: string;
  labels?: string | undefined;
  markers: 'band' | 'all';
  slab: number | 'full';
  keepIdentifiers: boolean;
  /** Whether studies of unknown age are kept. */
  unknownAges?: boolean;
  /** Whether to make a contact sheet. */
  qa?: boolean;
  /** Threads that read ahead of the device; chosen by the machine unless given. */
  workers?: number | undefined;
  /** Whether single missing slices are interpolated rather than refused. */
  mendGaps?: boolean;
}

function shardOf(text: string | undefined): Shard | null {
  if (text === undefined) return null;
  const [, index, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index && of && index <= of) return { index, of };
  throw new UsageError(`--shard is I/N such as 2/8, I from 1 to N, not "${text}"`);
}

function slabOf(text: string | undefined): number | 'full' {
  if (text === undefined) return 10;
  if (text === 'full') return 'full';
  const slices = Number(text);
  if (Number.isInteger(slices) && slices >= 1 && slices <= 112) return slices;
  throw new UsageError(`--slab is "full" or a whole number of slices from 1 to 112, not "${text}"`);
}

type Work<T> = (found: Studies, recipe: Recipe, options: PrepareOptions, hooks: PrepareHooks) => Promise<T>;

/** Opens input and device for a preparation; what is refused is said on standard error, a line each. */
async function withStudies<T>(
  {
    data,
    out,
    labels,
    markers,
    slab,
    keepIdentifiers,
    unknownAges = false,
    qa = false,
    workers,
    mendGaps,
  }: PrepareCtOptions,
  terminal: Terminal,
  work: Work<T>,
  summary: (result: T) => string,
): Promise<T> {
  const readers = openReaders(workers);
  try {
    const found = await readInput(data, terminal, undefined, { headers: readers.headers, mendGaps });
    const reading = readingOf(readers, found.studies, terminal);
    const gpu = await openDevice(terminal);
    try {
      const progress = terminal.progress('studies', found.studies.length);
      const options = {
        out,
        labels,
        keepIdentifiers,
        unknownAges,
        qa,
        reading,
        environment: { ...environmentOf(gpu) },
      };
      const hooks = {
        onStudy: (done: number) => progress.update(done),
        onRefusal: (line: string) => terminal.note(`refused: ${line}`),
        signal: terminal.signal,
      };
      const result = await work(found, kerberRecipe(gpu, { markers, slab }), options, hooks);
      progress.end(summary(result));
      return result;
    } finally {
      gpu.close();
    }
  } finally {
    await readers.close();
  }
}

/** Prepares a folder of CT studies. */
export function prepareCt(options: PrepareCtOptions, terminal: Terminal): Promise<PrepareResult> {
  const summary = ({ studies, refused }: PrepareResult) => `${studies.length} prepared, ${refused.length} refused`;
  return withStudies(options, terminal, prepare, summary);
}

function line({ study, subject, age, sex, warnings }: PreparedStudy): string {
  return `study ${study}: ${subject}, ${ageText(age)}, sex ${sex || 'unknown'}${warnings.map((warning) => `; ${warning}`).join('')}`;
}

export default defineCommand({
  name: 'prepare ct',
  summary: 'turn CT studies into training pictures',
  details: `Finds every DICOM series and NIfTI file below --data, brings each volume to one picture of 224 × 224 by the kerber2023
    recipe on the GPU, and writes images.safetensors, subjects.csv and prepare.json. Every study is used or refused with its cause.

    Ages come from the DICOM tags, or from a CSV table with the columns age (years) or birth_date (and study_date, else the tag),
    and subject (patient ID), path (relative to --data) or uid (of the study or series), and sex where known. Subjects are named by pseudonyms; the salt lies in your configuration folder.

    Threads read studies ahead of the device, no more than half of the free memory holds; the order and the bits of what comes
    out do not depend on their number.

    What was prepared lies in OUT.units too (it may be removed): a second run does only what is missing, an interrupted one goes on.
    Shards may run on any machines that share --data and --out (and the salt);
    what comes out is the same as from one machine with that adapter.`,
  options: {
    data: { type: 'text', value: 'DIR', help: 'folder with DICOM series or NIfTI files, in any arrangement' },
    out: { type: 'text', value: 'DIR', help: 'folder to make' },
    labels: { type: 'text', value: 'FILE', help: 'CSV table of ages; without it the DICOM tags are used' },
    markers: {
      type: 'text',
      choices: ['band', 'all'],
      help: 'markers of the body mask: band (default) floods what is neither surely air nor tissue',
    },
    slab: { type: 'text', value: 'N|full', help: 'central slices that are projected (10)' },
    'unknown-ages': {
      type: 'switch',
      help: 'keep studies whose age is not known: for evaluate --data, not for training',
    },
    qa: { type: 'switch', help: 'also write qa.html: every picture with its body mask and what is odd about it' },
    shard: {
      type: 'text',
      value: 'I/N',
      help: 'prepare only this part of the studies, for a run without --shard to gather',
    },
    'mend-gaps': {
      type: 'switch',
      help: 'interpolate single missing slices between neighbours of at most 10 mm (else refused)',
    },
    workers: {
      type: 'whole',
      value: 'N',
      least: 0,
      help: 'threads that read ahead of the device (cores less one, at most 8); 0 reads in the main thread',
    },
    'keep-identifiers': { type: 'switch', help: 'keep patient IDs and file names instead of pseudonyms' },
  },
  async run({ options, terminal }) {
    const { data, out, labels } = options;
    if (!data || !out) throw new UsageError(`${data ? '--out' : '--data'} DIR is missing`);
    const settings = {
      data,
      out,
      labels,
      markers: options.markers ?? 'band',
      slab: slabOf(options.slab),
      keepIdentifiers: options['keep-identifiers'],
      unknownAges: options['unknown-ages'],
      qa: options.qa,
      workers: options.workers,
      mendGaps: options['mend-gaps'],
    };
    const shard = shardOf(options.shard);
    if (shard) {
      const work: Work<{ studies: number; done_before: number }> = (found, recipe, given, hooks) =>
        prepareShard(found, recipe, given, shard, hooks);
      const made = await withStudies(settings, terminal, work, ({ studies }) => `${studies} in this shard`);
      terminal.print(`shard ${options.shard}: ${made.studies} studies, ${made.done_before} of them done before`);
      return { out, shard: options.shard, ...made };
    }
    const result = await prepareCt(settings, terminal);
    for (const study of result.studies) terminal.print(line(study));
    terminal.print(
      `${out}: ${result.studies.length} pictures, ${result.refused.length} studies refused; images sha256 ${result.images_sha256}`,
    );
    return { out, ...result };
  },
});
