/**
 * The state dict within a saved object: the object itself, or the part that training programs keep it under. Everything
 * else (optimiser state, settings, histories) is left alone and accounted for.
 */
import { quote } from '../quote.ts';
import { RefusedError } from '../refusal.ts';
import type { Checkpoint } from './checkpoint.ts';
import { MOST_TENSORS, refuseAt, type TensorView, tensorIn } from './tensors.ts';
import { ClosedObject, describe, ForeignGlobal, PickleDict, type PickleValue, partsOf } from './values.ts';

/** Keys under which training programs keep weights, the likelier first. */
const USUAL_KEYS = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'module',
  'weights',
  'params',
];
const DEEPEST = 4;
/** Names that a note lists before it says how many more there are. */
const LISTED = 5;

export interface FoundStateDict {
  tensors: Map<string, TensorView>;
  notes: string[];
}

/**
 * @throws RefusedError when there is none, when several could be meant, or when a name beyond the allow-list is part of
 *   it or of nothing
 */
export function findStateDict({ root, foreign, notes }: Checkpoint, file: string): FoundStateDict {
  const refuse = (cause: string): never => {
    throw new RefusedError(file, cause);
  };
  const path = pathToWeights(root, refuse);
  const weights = path.at(-1)?.dict as PickleDict;
  const beside = path.flatMap(({ dict }, i) => besideOf(dict, path[i + 1]?.key ?? null));
  accountForForeign(foreign, weights, beside);
  const { tensors, others } = splitEntries(weights);
  if (tensors.size > MOST_TENSORS) refuse(`it holds ${tensors.size} tensors; ${MOST_TENSORS} are read at most`);
  const from = path.slice(1).map(({ key }) => quote(key));
  return {
    tensors,
    notes: [
      ...notes,
      ...(from.length > 0 ? [`the weights are its ${from.join(' → ')}${alsoHolds(beside)}`] : []),
      ...(others.length > 0 ? [`left out, not being tensors: ${listed(others)}`] : []),
      ...beside.flatMap(closedNote),
    ],
  };
}

interface Step {
  key: string;
  dict: PickleDict;
}

function pathToWeights(root: PickleValue, refuse: (cause: string) => never): Step[] {
  if (!(root instanceof PickleDict))
    return refuse(`it holds ${describe(root)}, not a state dict; save the state_dict()`);
  const path: Step[] = [{ key: '', dict: root }];
  for (;;) {
    const dict = path.at(-1)?.dict as PickleDict;
    const step = usualStep(dict, DEEPEST - path.length) ?? (hasTensors(dict) ? null : onlyStep(dict, refuse));
    if (!step) return path;
    path.push(step);
  }
}

function hasTensors(dict: PickleDict): boolean {
  for (const value of dict.entries.values()) if (tensorIn(value)) return true;
  return false;
}

function usualStep(dict: PickleDict, depth: number): Step | null {
  for (const key of USUAL_KEYS) {
    const part = dict.entries.get(key);
    if (part instanceof PickleDict && (hasTensors(part) || (depth > 0 && usualStep(part, depth - 1))))
      return { key, dict: part };
  }
  return null;
}

/** The one part with tensors, where none has a usual name. */
function onlyStep(dict: PickleDict, refuse: (cause: string) => never): Step {
  const steps = [...dict.entries].flatMap(([key, part]): Step[] =>
    typeof key === 'string' && part instanceof PickleDict && hasTensors(part) ? [{ key, dict: part }] : [],
  );
  const [step, ...more] = steps;
  if (step && more.length === 0) return step;
  if (step) return refuse(`${steps.length} parts could be its weights: ${listed(steps.map(({ key }) => quote(key)))}`);
  const whole = USUAL_KEYS.map((key) => [key, dict.entries.get(key)] as const).find(
    ([, part]) => part instanceof ClosedObject,
  );
  if (whole)
    return refuse(`its ${quote(whole[0])} is a whole object of ${describe(whole[1] ?? null)}; save its state_dict()`);
  return refuse(`it holds no tensors by name; its entries: ${listed(besideOf(dict, null).map(nameOf)) || 'none'}`);
}

/** What a dict on the path holds beside the next step: [name, value]. The state dict itself has only its attributes. */
type Beside = [name: string, value: PickleValue];

function besideOf(dict: PickleDict, next: string | null): Beside[] {
  const attributes: Beside[] = dict.attributes === null ? [] : [['attributes', dict.attributes]];
  if (next === null && hasTensors(dict)) return attributes;
  const others = [...dict.entries].filter(([key]) => key !== next);
  return [
    ...others.map(([key, value]): Beside => [typeof key === 'string' ? key : describe(key), value]),
    ...attributes,
  ];
}

const nameOf = ([name]: Beside): string => quote(name);

function alsoHolds(beside: Beside[]): string {
  const names = beside.filter(([name]) => name !== 'attributes').map(nameOf);
  return names.length > 0 ? `; not read: ${listed(names)}` : '';
}

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return names.slice(0, LISTED).join(', ') + more;
}

/** Every name beyond the allow-list within some values, by its place. */
function foreignWithin(values: readonly PickleValue[]): Set<ForeignGlobal> {
  const found = new Set<ForeignGlobal>();
  const seen = new Set<PickleValue>();
  const waiting = [...values];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (value === null || typeof value !== 'object' || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof ForeignGlobal) found.add(value);
    for (const part of partsOf(value)) waiting.push(part);
  }
  return new Set([...found].sort((a, b) => a.at.byte - b.at.byte));
}

/** A name may stand in a part that is not read. In the weights, or where nothing refers to it, it is refused. */
function accountForForeign(foreign: readonly ForeignGlobal[], weights: PickleDict, beside: Beside[]): void {
  if (foreign.length === 0) return;
  const [first] = foreignWithin([...weights.entries].flat());
  if (first) refuseAt(first.at, `the weights need ${first.name}, which is not among the names that are read`);
  const harmless = foreignWithin(beside.map(([, value]) => value));
  const stray = foreign.find((global) => !harmless.has(global));
  if (stray) refuseAt(stray.at, `the file names ${stray.name} in a place that belongs to nothing it holds`);
}

function closedNote([name, value]: Beside): string[] {
  const closed = [...foreignWithin([value])];
  return closed.length > 0 ? [`${quote(name)} was kept closed: it holds ${listed(closed.map(describe))}`] : [];
}

function splitEntries(weights: PickleDict): { tensors: Map<string, TensorView>; others: string[] } {
  const tensors = new Map<string, TensorView>();
  const others: string[] = [];
  for (const [key, value] of weights.entries) {
    const tensor = tensorIn(value);
    const name = typeof key === 'string' || typeof key === 'number' ? String(key) : null;
    if (tensor && name !== null && !tensors.has(name)) tensors.set(name, tensor);
    else others.push(`${name === null ? describe(key) : quote(name)} (${describe(value)})`);
  }
  return { tensors, others };
}
