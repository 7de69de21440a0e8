import type { Gpu } from '../gpu/index.ts';
import { messageOf, UserError } from '../util/errors.ts';
import { type Case, type CaseFile, readCase } from './case.ts';
import { type Comparison, compare, type Difference } from './compare.ts';
import { OPERATIONS } from './operations/index.ts';
import type { Outcome, Task } from './task.ts';

/** How one conformance file came out. */
export interface CaseResult {
  file: string;
  /** null where the file could not be read. */
  op: string | null;
  pass: boolean;
  /** Why it does not hold: an error, or the first tensor that differs. */
  reason?: string;
  /** The worst elements over all tensors; null where nothing was compared. */
  absolute: (Difference & { tensor: string }) | null;
  relative: (Difference & { tensor: string }) | null;
  tensors: Comparison[];
}

/** Operations whose real-valued outputs are pictures: `min_agreement` is for their masks alone. */
const PICTURES = new Set(['kerber2023']);

/**
 * Runs a conformance file through the engine and compares. Never throws for the file's sake: whatever is wrong with it
 * makes a result that does not pass, with the reason.
 *
 * @param read gives the file's tensors; what it throws becomes the reason
 */
export async function checkFile(
  gpu: Gpu,
  file: string,
  read: () => CaseFile | Promise<CaseFile>,
  loadVolume?: Task['loadVolume'],
): Promise<CaseResult> {
  let op: string | null = null;
  try {
    const content = await read();
    op = content.metadata.op ?? null;
    const task = { ...readCase(content), gpu, loadVolume };
    return { file, ...summary(task, await outcomeOf(task)) };
  } catch (error) {
    return { file, op, pass: false, reason: messageOf(error), absolute: null, relative: null, tensors: [] };
  }
}

/** What an operation gives for a case. Throws a `UserError` where the case is not one for this engine. */
export async function outcomeOf(task: Task): Promise<Outcome> {
  const operation = Object.hasOwn(OPERATIONS, task.op) ? OPERATIONS[task.op] : undefined;
  if (!operation) throw new UserError(`unknown op "${task.op}"; known are ${Object.keys(OPERATIONS).join(', ')}`);
  const outcome = await operation(task);
  const unread = task.params.unread();
  if (unread.length > 0)
    throw new UserError(
      `params hold ${unread.map((name) => `"${name}"`).join(', ')}, which ${task.op} here does not know`,
    );
  return outcome;
}

function summary(task: Case, outcome: Outcome): Omit<CaseResult, 'file'> {
  const tensors = [...task.expected].map(([name, expected]) => {
    const actual = outcome.get(name);
    if (!actual) throw new UserError(`"${name}" is expected, but ${task.op} gives ${[...outcome.keys()].join(', ')}`);
    return compare(name, actual, expected, task.tolerance, PICTURES.has(task.op));
  });
  const failed = tensors.find((tensor) => !tensor.pass);
  return {
    op: task.op,
    pass: failed === undefined,
    ...(failed && { reason: `${failed.tensor}: ${failed.reason}` }),
    absolute: worst(tensors, 'absolute'),
    relative: worst(tensors, 'relative'),
    tensors,
  };
}

function worst(tensors: Comparison[], kind: 'absolute' | 'relative'): CaseResult['absolute'] {
  let found: CaseResult['absolute'] = null;
  for (const comparison of tensors) {
    const difference = comparison[kind];
    if (difference && difference.error > (found?.error ?? -1)) found = { tensor: comparison.tensor, ...difference };
  }
  return found;
}
