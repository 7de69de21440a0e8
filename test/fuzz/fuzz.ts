/**
 * Damages files and reads them: a reader may give a result or refuse in one line, and nothing else.
 */

import { UserError } from '../../src/util/errors.ts';
import { randomStream } from '../../src/util/random.ts';
import { mutate } from './mutate.ts';
import type { Target } from './targets.ts';

export interface Finding {
  target: string;
  file: string;
  /** Of the mutation: the same seed and index make the same file. */
  index: number;
  problem: string;
}

/** Sentences that JavaScript itself writes: where one is given as the cause of a refusal, a reader has stumbled. */
const STUMBLED =
  /is not a function|is not iterable|Cannot read propert|of undefined|of null|Invalid (typed )?array|Array buffer allocation|offset is out|Offset is outside|out of bounds|Maximum call stack|toString\(\)|\[object|NaN bytes|undefined (bytes|rows)/i;

/**
 * Reads `count` damaged files, the target's files in turn.
 * @param after called after each with the milliseconds that reading took
 */
export async function fuzz(
  target: Target,
  { seed, count, first = 0 }: { seed: number; count: number; first?: number },
  after: (milliseconds: number, index: number) => void = () => {},
): Promise<Finding[]> {
  const files = await target.files();
  const findings: Finding[] = [];
  for (let index = first; index < first + count; index++) {
    const file = files[index % files.length];
    if (!file) break;
    const bytes = mutate(file.bytes, randomStream(seed, target.name, index));
    const start = performance.now();
    const problem = await problemOf(target, bytes, file.name);
    if (problem !== null) findings.push({ target: target.name, file: file.name, index, problem });
    after(performance.now() - start, index);
  }
  return findings;
}

async function problemOf(target: Target, bytes: Uint8Array<ArrayBuffer>, name: string): Promise<string | null> {
  let causes: string[];
  try {
    causes = await target.read(bytes, name);
  } catch (error) {
    if (!(error instanceof UserError))
      return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    if (!error.message.includes(name.slice(name.lastIndexOf('/') + 1)))
      return `the file is not named: ${error.message}`;
    causes = [error.message];
  }
  const bad = causes.find((cause) => STUMBLED.test(cause) || /\n/.test(cause) || cause.trim() === '');
  return bad === undefined ? null : `refused with "${bad}"`;
}
