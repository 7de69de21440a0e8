import type { Volume } from '../formats/volume.ts';
import type { Gpu } from '../gpu/index.ts';
import { UserError } from '../util/errors.ts';
import type { Case, Values } from './case.ts';

/** A case on its way through the engine. */
export interface Task extends Case {
  gpu: Gpu;
  /** A CT volume by the path of a DICOM folder or NIfTI file; absent where there are no paths. */
  loadVolume?: (path: string) => Promise<Volume>;
}

/** What an operation gave, by the names that `expected` uses: "out.y", "grad.in.x", "grad.param.fc.weight" … */
export type Outcome = Map<string, Values>;

/** Runs one operation of a conformance file. */
export type Operation = (task: Task) => Promise<Outcome>;

/**
 * The name in the file of each of an operation's inputs, in the operation's order; null for an absent optional one
 * (marked with "?"). Files may say `input` for `x`, and the inputs of an operation of one or two operands may have any names:
 * those that are not the reference's are taken in alphabetical order.
 *
 * Throws a `UserError` that lists the file's inputs when one is missing or left over.
 */
export function inputNames(inputs: ReadonlyMap<string, Values>, wanted: readonly string[]): (string | null)[] {
  const present = [...inputs.keys()].sort();
  const found = wanted.map((entry) => {
    const name = entry.replace('?', '');
    return [name, ...(ALIASES[name] ?? [])].find((candidate) => inputs.has(candidate)) ?? null;
  });
  const surplus = present.filter((name) => !found.includes(name));
  const names = wanted.length > 2 ? found : found.map((name) => name ?? surplus.shift() ?? null);
  const missing = wanted.find((entry, i) => names[i] === null && !entry.endsWith('?'));
  if (missing) throw new UserError(`no tensor "in.${missing}"; there are ${listed(present)}`);
  if (surplus.length > 0) throw new UserError(`unknown ${listed(surplus)}; expected ${listed(wanted)}`);
  return names;
}

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  x: ['input'],
  input: ['x'],
  query: ['q'],
  key: ['k'],
  value: ['v'],
  attn_mask: ['mask'],
};

const listed = (names: readonly string[]) => names.map((name) => `"in.${name}"`).join(', ') || 'none';

/** Values of the input with this name. */
export function input(task: Pick<Task, 'inputs'>, name: string): Values {
  const values = task.inputs.get(name);
  if (!values) throw new UserError(`no tensor "in.${name}"`);
  return values;
}

/** Names of the expected outputs, without "out.". */
export function outputNames(task: Pick<Task, 'expected'>): string[] {
  return [...task.expected.keys()].filter((name) => name.startsWith('out.')).map((name) => name.slice(4));
}

/** The outcome of an operation with one output, under whatever name the file gives it. */
export function singleOutput(task: Pick<Task, 'expected'>, values: Values): Outcome {
  return new Map([[`out.${outputNames(task)[0] ?? 'y'}`, values]]);
}
