/**
 * A state dict brought to the names and shapes of a network. Training programs put words before all names ("model.",
 * "module."), torch.compile puts "_orig_mod." anywhere, other tasks have other heads and other numbers of channels.
 */
import { renameTensors } from '../../formats/weight-names.ts';
import { formatShape, type Shape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { OPTIONAL, type StateDict } from './state.ts';

/** How tensors of a file are brought to those of a network. */
export interface FitOptions {
  /** What stands before the network's names in the file; where left out, the words under which most names fit. */
  prefix?: string;
  /**
   * The network's names for those in the file, as a table or a function; null leaves a tensor out. Names that a table lacks
   * stay, and the prefix is looked for afterwards.
   */
  keyMap?: Readonly<Record<string, string | null>> | ((name: string) => string | null);
  /**
   * Start from weights of another task: a first convolution for one grey channel takes the sum over three colours, a head
   * with another number of outputs keeps the values it has. All the rest is held to `strict`.
   */
  adapt?: boolean;
}

/** What a state dict is fitted to. */
export interface Target {
  tensors: ReadonlyMap<string, Tensor>;
  /** The network's name for one that files use; null for a tensor of a part that the network goes without. */
  knownAs(name: string): string | null;
}

export interface Fitted {
  state: StateDict;
  /** Names of the head's tensors, which the state does not hold because they would not fit. */
  head: ReadonlySet<string>;
  /** What was done, a line each. */
  notes: string[];
}

const COMPILED = '_orig_mod.';

/** @throws UserError when two tensors would get the same name */
export function fitted(state: StateDict, target: Target, options: FitOptions = {}): Fitted {
  const notes: string[] = [];
  const named = renamed(state, target, options, notes);
  if (!options.adapt) return { state: named, head: new Set(), notes };
  const colours = summedColours(named, target.tensors, notes);
  return { ...withoutHead(colours, target.tensors, notes), notes };
}

function renamed(state: StateDict, target: Target, { prefix, keyMap }: FitOptions, notes: string[]): StateDict {
  const mapped = rename(state, mapping(keyMap));
  if (mapped.size < state.size)
    notes.push(`${state.size - mapped.size} of ${state.size} tensors were left out by the key map`);
  const compiled = [...mapped.keys()].filter((name) => name.includes(COMPILED) && !target.tensors.has(name));
  if (compiled.length > 0) notes.push(`"${COMPILED}" was removed from ${compiled.length} names`);
  const plain = rename(mapped, (name) => (target.tensors.has(name) ? name : name.replaceAll(COMPILED, '')));
  const before = prefix ?? commonPrefix(plain, target);
  const bare = rename(plain, (name) => target.knownAs(name.startsWith(before) ? name.slice(before.length) : name));
  if (before !== '') {
    const count = [...plain.keys()].filter((name) => name.startsWith(before)).length;
    notes.push(`the prefix "${before}" was removed from ${count} of ${plain.size} names`);
  }
  if (bare.size < plain.size)
    notes.push(
      `${plain.size - bare.size} of ${plain.size} tensors were left out: the network goes without their parts`,
    );
  return bare;
}

function mapping(keyMap: FitOptions['keyMap']): (name: string) => string | null {
  if (typeof keyMap === 'function') return keyMap;
  return (name) => (keyMap && Object.hasOwn(keyMap, name) ? (keyMap[name] ?? null) : name);
}

const rename = (state: StateDict, to: (name: string) => string | null): StateDict =>
  renameTensors(state, to, 'the weights');

/** The leading words of names behind which most of the network's names follow; none where the names fit as they are. */
function commonPrefix(state: StateDict, { tensors, knownAs }: Target): string {
  const counts = new Map<string, number>();
  for (const name of state.keys()) {
    for (let at = 0; at >= 0; at = following(name, at)) {
      const rest = knownAs(name.slice(at));
      if (rest !== null && tensors.has(rest)) counts.set(name.slice(0, at), (counts.get(name.slice(0, at)) ?? 0) + 1);
    }
  }
  const best = [...counts].sort(([a, m], [b, n]) => n - m || a.length - b.length)[0];
  return best?.[0] ?? '';
}

/** Where the next word of a dotted name begins; −1 behind the last. */
function following(name: string, at: number): number {
  const dot = name.indexOf('.', at);
  return dot < 0 ? -1 : dot + 1;
}

/** A state whose first convolution takes one channel where the file's takes three colours. */
function summedColours(state: StateDict, tensors: ReadonlyMap<string, Tensor>, notes: string[]): StateDict {
  const [name, first] = [...tensors].find(([, { shape }]) => shape.length === 4) ?? [];
  const stored = name === undefined ? undefined : state.get(name);
  if (!name || !first || !stored) return state;
  const [outputs = 0, colours = 0, ...kernel] = stored.shape;
  if (colours !== 3 || !sameShape([outputs, 1, ...kernel], first.shape)) return state;
  notes.push(`${name}: the sum over its 3 colours serves the network's one channel`);
  return new Map(state).set(name, { shape: first.shape, data: sumOverColours(stored.data, outputs) });
}

/** [outputs, 3, area] → [outputs, area]: what a colour convolution makes of a grey picture. */
function sumOverColours(data: Float32Array, outputs: number): Float32Array<ArrayBuffer> {
  const area = data.length / (3 * outputs);
  return Float32Array.from({ length: outputs * area }, (_, i) => {
    const at = Math.floor(i / area) * 3 * area + (i % area);
    return (data[at] as number) + (data[at + area] as number) + (data[at + 2 * area] as number);
  });
}

/** A state without the tensors that differ from the network's in their number of outputs alone. */
function withoutHead(state: StateDict, tensors: ReadonlyMap<string, Tensor>, notes: string[]): Omit<Fitted, 'notes'> {
  const differs = (name: string, { shape }: Tensor): boolean => {
    const stored = state.get(name)?.shape;
    return stored !== undefined && !sameShape(stored, shape) && sameShape(stored.slice(1), shape.slice(1));
  };
  const names = [...tensors].filter(([name, tensor]) => differs(name, tensor)).map(([name]) => name);
  if (names.length === 0) return withoutOtherHead(state, tensors, notes);
  const sizes = new Set(names.map((name) => outputsOf(state.get(name)?.shape, tensors.get(name)?.shape)));
  if (sizes.size !== 1) return { state, head: new Set() };
  const head = new Set(names);
  notes.push(`a new head: ${names.map((name) => described(name, state, tensors)).join(', ')} kept the values they had`);
  return { state: new Map([...state].filter(([name]) => !head.has(name))), head };
}

/**
 * A state without a head of other layers than the network's: all that is missing and all that is too much belong to the
 * network's last part. Where anything else is amiss the state stays as it is, to be refused.
 */
function withoutOtherHead(
  state: StateDict,
  tensors: ReadonlyMap<string, Tensor>,
  notes: string[],
): Omit<Fitted, 'notes'> {
  const missing = [...tensors.keys()].filter((name) => !state.has(name) && !OPTIONAL.test(name));
  const unexpected = [...state.keys()].filter((name) => !tensors.has(name));
  const part = [...tensors.keys()].at(-1)?.replace(/\..*/, '.') ?? '';
  const ofHead = [...missing, ...unexpected].every((name) => name.startsWith(part));
  if (missing.length === 0 || unexpected.length === 0 || !ofHead) return { state, head: new Set() };
  const given = (names: string[], shape: (name: string) => Shape | undefined): string =>
    names.map((name) => `${name} ${formatShape(shape(name) ?? [])}`).join(', ');
  notes.push(
    `a new head: ${given(missing, (name) => tensors.get(name)?.shape)} kept the values they had, in place of ${given(unexpected, (name) => state.get(name)?.shape)}`,
  );
  return { state: new Map([...state].filter(([name]) => tensors.has(name))), head: new Set(missing) };
}

const outputsOf = (stored?: Shape, wanted?: Shape): string => `${stored?.[0]} → ${wanted?.[0]}`;

function described(name: string, state: StateDict, tensors: ReadonlyMap<string, Tensor>): string {
  return `${name} ${formatShape(tensors.get(name)?.shape ?? [])} (${formatShape(state.get(name)?.shape ?? [])} in the file)`;
}
