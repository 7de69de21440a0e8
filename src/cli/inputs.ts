import { basename, relative } from 'node:path';
import { walk } from '../formats/files.node.ts';
import { FileNaming } from '../formats/naming.ts';
import type { Refusal } from '../formats/refusal.ts';
import type { FileSource } from '../formats/source.ts';
import { type ReadingRules, readStudies, type Studies, type Study } from '../formats/studies.ts';
import { UserError } from '../util/errors.ts';
import type { Terminal } from './command.ts';

/** The option of commands that read scans. */
export const KEEP_IDENTIFIERS = {
  type: 'switch',
  help: "name files in messages and results; without it they go by number, since scans' names often say whose they are",
} as const;

/** The files at `path`, named relative to it (a single file by its own name), so that messages show no more of a path. */
export function sourcesAt(path: string): Promise<FileSource[]> {
  return walk(path, (file) => relative(path, file) || basename(file));
}

/**
 * Reads the headers of everything at `path`.
 * @throws UserError when there is nothing, or nothing that looks like a medical image
 */
export async function readInput(
  path: string,
  terminal: Terminal,
  wanted = (sources: FileSource[]) => Promise.resolve(sources),
  rules: ReadingRules = {},
): Promise<Studies> {
  const all = await sourcesAt(path);
  const sources = await wanted(all);
  const progress = sources.length > 100 ? terminal.progress('headers', sources.length) : null;
  const found = await readStudies(sources, (done) => progress?.update(done), rules);
  progress?.end(`${sources.length} files`);
  if (found.studies.length === 0 && found.refused.length === 0) {
    throw new UserError(`no DICOM or NIfTI file among ${sources.length} ${sources.length === 1 ? 'file' : 'files'}`);
  }
  return found;
}

/** One error for an input of which nothing can be used: its first cause, and how many more there are. */
export function nothingUsable(found: Studies, keepIdentifiers: boolean): UserError {
  const [first, ...more] = found.refused;
  const rest = more.length > 0 ? ` (and ${more.length} more ${more.length === 1 ? 'cause' : 'causes'})` : '';
  const line = first ? new FileNaming(found, keepIdentifiers).line(first) : 'nothing usable';
  return new UserError(`${line}${rest}`);
}

/** Says on standard error what was not used and why, a line each. */
export function noteRefusals(terminal: Terminal, naming: FileNaming, refusals: readonly Refusal[]): void {
  for (const refusal of refusals) terminal.note(`not used: ${naming.line(refusal)}`);
}

const voxels = (study: Study): number => study.size[0] * study.size[1] * study.size[2];

/** Of several studies the one with most voxels, the first by name among equals. */
export function largestStudy(studies: readonly Study[]): Study | null {
  return studies.reduce<Study | null>((best, study) => (best && voxels(best) >= voxels(study) ? best : study), null);
}
