import { relative } from 'node:path';
import { walk } from '../formats/files.node.ts';
import { type Refusal, refusalLine } from '../formats/refusal.ts';
import type { FileSource } from '../formats/source.ts';
import { type HeaderReader, readStudies, type Studies, type Study } from '../formats/studies.ts';
import { UserError } from '../util/errors.ts';
import type { Terminal } from './command.ts';

/** The files at `path`, named relative to it (a single file by its own name), so that messages show no more of a path. */
export async function sourcesAt(path: string): Promise<FileSource[]> {
  const sources = await walk(path);
  return sources.map((source) => ({
    ...source,
    name: relative(path, source.name).replaceAll('\\', '/') || baseName(source.name),
  }));
}

const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/**
 * Reads the headers of everything at `path`.
 * @throws UserError when there is nothing, or nothing that looks like a medical image
 */
export async function readInput(
  path: string,
  terminal: Terminal,
  wanted = (sources: FileSource[]) => Promise.resolve(sources),
  headers?: HeaderReader,
): Promise<Studies> {
  const all = await sourcesAt(path);
  const sources = await wanted(all);
  const progress = sources.length > 100 ? terminal.progress('headers', sources.length) : null;
  const found = await readStudies(sources, (done) => progress?.update(done), headers);
  progress?.end(`${sources.length} files`);
  if (found.studies.length === 0 && found.refused.length === 0) {
    throw new UserError(
      `${path}: no DICOM or NIfTI file among ${sources.length} ${sources.length === 1 ? 'file' : 'files'}`,
    );
  }
  return found;
}

/** One error for an input of which nothing can be used: its first cause, and how many more there are. */
export function nothingUsable(path: string, refused: readonly Refusal[]): UserError {
  const [first, ...more] = refused;
  const rest = more.length > 0 ? ` (and ${more.length} more ${more.length === 1 ? 'cause' : 'causes'})` : '';
  return new UserError(`${path}: ${first ? refusalLine(first) : 'nothing usable'}${rest}`);
}

/** Says on standard error what was not used and why, a line each. */
export function noteRefusals(terminal: Terminal, refusals: readonly Refusal[], word = 'not used'): void {
  for (const refusal of refusals) terminal.note(`${word}: ${refusalLine(refusal)}`);
}

const voxels = (study: Study): number => study.size[0] * study.size[1] * study.size[2];

/** Of several studies the one with most voxels, the first by name among equals. */
export function largestStudy(studies: readonly Study[]): Study | null {
  return studies.reduce<Study | null>((best, study) => (best && voxels(best) >= voxels(study) ? best : study), null);
}
