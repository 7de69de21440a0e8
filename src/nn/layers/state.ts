import { UserError } from '../../util/errors.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { Fitted } from './fit.ts';

/** Tensors by name, on the host. */
export type StateDict = Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>;

/** How a state is taken over. */
export interface LoadOptions {
  /** Throw unless names and shapes fit exactly; true where left out. */
  strict?: boolean;
}

/** What did not fit. */
export interface LoadReport {
  /** In the network, not in the state. */
  missing: string[];
  /** In the state, not in the network. */
  unexpected: string[];
  /** In both, with different shapes: "fc.weight [1000, 512], the network has [2, 512]". */
  misshapen: string[];
  /** What was done to names and shapes, a line each. */
  notes: string[];
}

/** Older PyTorch files lack it, and nothing is computed from it. */
export const OPTIONAL = /(^|\.)num_batches_tracked$/;
/** Names that an error lists before it says how many more there are. */
const LISTED = 5;

export async function readState(tensors: ReadonlyMap<string, Tensor>): Promise<StateDict> {
  const entries = [...tensors].map(
    async ([name, tensor]) => [name, { shape: tensor.shape, data: await tensor.toArray() }] as const,
  );
  return new Map(await Promise.all(entries));
}

export function loadInto(
  tensors: ReadonlyMap<string, Tensor>,
  state: StateDict,
  { strict = true }: LoadOptions,
  { head, notes }: Pick<Fitted, 'head' | 'notes'> = { head: new Set(), notes: [] },
): LoadReport {
  const misfits = [...tensors].filter(
    ([name, tensor]) => !sameShape(state.get(name)?.shape ?? tensor.shape, tensor.shape),
  );
  const report: LoadReport = {
    missing: [...tensors.keys()].filter((name) => !state.has(name) && !head.has(name) && !OPTIONAL.test(name)),
    unexpected: [...state.keys()].filter((name) => !tensors.has(name)),
    misshapen: misfits.map(
      ([name, tensor]) =>
        `${name} ${formatShape(state.get(name)?.shape ?? [])}, the network has ${formatShape(tensor.shape)}`,
    ),
    notes,
  };
  if (strict) refuseMisfits(report);
  const skipped = new Set(misfits.map(([name]) => name));
  for (const [name, tensor] of tensors) {
    const stored = state.get(name);
    if (stored && !skipped.has(name)) tensor.write(stored.data);
  }
  return report;
}

function refuseMisfits({ notes: _, ...misfits }: LoadReport): void {
  const parts = Object.entries(misfits).flatMap(([kind, names]: [string, string[]]) => {
    if (names.length === 0) return [];
    const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
    return [`${names.length} ${kind} (${names.slice(0, LISTED).join('; ')}${more})`];
  });
  if (parts.length === 0) return;
  throw new UserError(
    `the weights do not fit the network: ${parts.join(', ')}; load with strict: false to take what fits`,
  );
}
