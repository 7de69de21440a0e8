/**
 * How messages speak of input files. Names of scans often hold a patient's name, an accession number or a UID, and messages
 * end in logs that others read. So files go by their number, in the order of their paths, unless the user keeps identifiers.
 */
import { UserError } from '../util/errors.ts';
import { type Refusal, refusalLine, refusalOf } from './refusal.ts';
import { baseName } from './source.ts';
import type { Studies, Study } from './studies.ts';

/** Shorter words would be found inside others. */
const SHORTEST = 3;

/** What a text may say of a study and must not give away, the longest first. */
function identifiersOf(of: Study | Refusal): string[] {
  const texts = 'name' in of ? [of.name, of.patientId, of.studyUid, of.seriesUid, of.seriesDescription] : [];
  const words = [...of.files, ...texts].flatMap((each) => [each, baseName(each)]);
  return [...new Set(words)].filter((word) => word.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

/** A text without the names of files and patients that belong to a study. */
export function withoutIdentifiers(text: string, of: Study | Refusal): string {
  return identifiersOf(of).reduce((rest, word) => rest.replaceAll(word, '…'), text);
}

/** Names or numbers for the files of one input. */
export class FileNaming {
  readonly kept: boolean;
  readonly #numbers: ReadonlyMap<string, number>;

  /** @param kept whether files keep their names */
  constructor({ studies, refused, skipped }: Studies, kept: boolean) {
    this.kept = kept;
    const parts = [...studies, ...studies.flatMap(({ others }) => others), ...refused, ...skipped];
    const names = [...new Set(parts.flatMap(({ files }) => files))].sort();
    this.#numbers = new Map(names.map((name, index) => [name, index + 1]));
  }

  /** "file 3 of 40 and 12 more: cause", or with the files' names. */
  line({ files, cause }: Refusal): string {
    if (this.kept) return refusalLine({ files, cause });
    const [first, ...rest] = files;
    const number = first === undefined ? undefined : this.#numbers.get(first);
    const named = number === undefined ? [] : [`file ${number} of ${this.#numbers.size}`, ...rest];
    return refusalLine({ files: named, cause: withoutIdentifiers(cause, { files, cause }) });
  }

  /** The same of a study: its name or its first file's number, and the cause. */
  studyLine(study: Study, cause: string): string {
    if (this.kept) return refusalLine({ files: [study.name], cause });
    return this.line({ files: study.files, cause: withoutIdentifiers(cause, study) });
  }

  /** A text about a study, as its warnings are. */
  text(text: string, study: Study): string {
    return this.kept ? text : withoutIdentifiers(text, study);
  }

  /** What was thrown while a study was read or used; errors that are defects stay as they are. */
  error(error: unknown, study: Study): unknown {
    if (!(error instanceof UserError)) return error;
    return new UserError(this.studyLine(study, refusalOf(error, study.files).cause));
  }
}
