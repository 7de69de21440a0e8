/** Finds the scans that a data set's pictures were made from: by the patients' names or pseudonyms. */
import type { Study } from '../../formats/studies.ts';
import { identifierOf } from '../identities.node.ts';
import { pseudonym, userSalt } from '../pseudonym.node.ts';

/** A row of the data set's table. */
export interface Wanted {
  row: number;
  subject: string;
  /** Number of the study among all that the preparation found, from 1. */
  study: number | null;
}

/**
 * The scan of each row. A patient with several scans is told apart by the number of the study, which is the same as long as
 * the folder holds the same studies.
 * @param labelled name that the label table gives a study, '' where there is none
 */
export function matchScans(
  rows: readonly Wanted[],
  studies: readonly Study[],
  labelled: (study: Study) => string,
): { found: Map<number, Study>; missing: { subject: string; cause: string }[] } {
  const byName = studiesByName(studies, labelled);
  const found = new Map<number, Study>();
  const missing: { subject: string; cause: string }[] = [];
  for (const { row, subject, study: number } of rows) {
    const own = byName.get(subject) ?? [];
    const numbered = number === null ? undefined : studies[number - 1];
    const study = own.length === 1 ? own[0] : own.find((each) => each === numbered);
    if (study) found.set(row, study);
    else missing.push({ subject, cause: own.length === 0 ? 'no scan of this subject' : SEVERAL });
  }
  return { found, missing };
}

const SEVERAL = 'several scans of this subject, and the folder holds other studies than when they were prepared';

/** Studies by every name that a preparation may have given their patient, pseudonyms included. */
function studiesByName(studies: readonly Study[], labelled: (study: Study) => string): Map<string, Study[]> {
  const salt = userSalt();
  const byName = new Map<string, Study[]>();
  for (const study of studies) {
    const identifier = identifierOf(study, labelled(study));
    for (const name of [identifier, pseudonym(identifier, salt)]) {
      byName.set(name, [...(byName.get(name) ?? []), study]);
    }
  }
  return byName;
}
