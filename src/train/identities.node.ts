import { withoutIdentifiers } from '../formats/naming.ts';
import type { Refusal } from '../formats/refusal.ts';
import type { Study } from '../formats/studies.ts';
import { keyedHash, pseudonym, userSalt } from './pseudonym.node.ts';

/** By what a patient is known: the label table's name for them, else what the files give. '' where a table gives none. */
export function identifierOf(study: Study, labelled: string): string {
  return labelled || study.patientId || study.studyUid || study.name;
}

/** What may be said of patients in files: pseudonyms and scrubbed texts, or everything where the user wants that. */
export class Identities {
  readonly kept: boolean;
  readonly #salt: Buffer;

  constructor(keep: boolean) {
    this.kept = keep;
    this.#salt = keep ? Buffer.alloc(0) : userSalt();
  }

  /** The name of a patient in the table. */
  subject(identifier: string): string {
    return this.kept ? identifier : pseudonym(identifier, this.#salt);
  }

  /** A name for something that tells nothing of it, in hex. */
  key(of: string): string {
    return keyedHash(of, this.#salt);
  }

  /** A text without the names of files and patients that belong to a study. */
  text(text: string, of: Study | Refusal): string {
    return this.kept ? text : withoutIdentifiers(text, of);
  }

  /** How a refused study is called: by its number, or by its file. */
  refused(number: number, of: Study | Refusal): string {
    if (!this.kept) return `refused ${number}`;
    return 'name' in of ? of.name : (of.files[0] ?? '');
  }
}
