/**
 * Names of tensors as networks know them. Training programs put prefixes before them: Lightning "model." or "net.",
 * DataParallel "module.", torch.compile "_orig_mod.".
 */
import { quote } from './quote.ts';
import { RefusedError } from './refusal.ts';

const PREFIXES = ['model.', 'module.', 'net.', '_orig_mod.'];
const COMPILED = '_orig_mod.';
/** A share of names with the same prefix that is worth a remark. */
const MOST = 0.5;

/**
 * Tensors by other names.
 * @param rename the new name of a name; null leaves the tensor out
 * @throws RefusedError when two tensors get the same name
 */
export function renameTensors<T>(
  tensors: ReadonlyMap<string, T>,
  rename: (name: string) => string | null,
  file: string,
): Map<string, T> {
  const renamed = new Map<string, T>();
  const origins = new Map<string, string>();
  for (const [name, tensor] of tensors) {
    const next = rename(name);
    if (next === null) continue;
    const other = origins.get(next);
    if (other !== undefined)
      throw new RefusedError(file, `tensors ${quote(other)} and ${quote(name)} would both be named ${quote(next)}`);
    origins.set(next, name);
    renamed.set(next, tensor);
  }
  return renamed;
}

/**
 * Strips each known prefix that all names share, one after another, and torch.compile's wherever it stands.
 * @returns the tensors by their new names, and a line for everything done or noticed
 */
export function stripPrefixes<T>(
  tensors: ReadonlyMap<string, T>,
  file: string,
): { tensors: Map<string, T>; notes: string[] } {
  const notes: string[] = [];
  let names = [...tensors.keys()];
  let cut = 0;
  for (let prefix = sharedPrefix(names); prefix; prefix = sharedPrefix(names)) {
    const { length } = prefix;
    names = names.map((name) => name.slice(length));
    cut += length;
    notes.push(`the prefix ${quote(prefix)} of all ${names.length} names was removed`);
  }
  const compiled = names.filter((name) => name.includes(`.${COMPILED}`));
  if (compiled.length > 0) notes.push(`${quote(COMPILED)} of torch.compile was removed from ${compiled.length} names`);
  notes.push(...PREFIXES.flatMap((prefix) => partialNote(names, prefix)));
  const rename = (name: string): string => name.slice(cut).replaceAll(`.${COMPILED}`, '.');
  return { tensors: renameTensors(tensors, rename, file), notes };
}

function sharedPrefix(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return PREFIXES.find((prefix) => names.every((name) => name.startsWith(prefix) && name.length > prefix.length));
}

function partialNote(names: readonly string[], prefix: string): string[] {
  const others = names.filter((name) => !name.startsWith(prefix));
  const count = names.length - others.length;
  if (count < MOST * names.length || count === names.length || count === 0) return [];
  return [
    `${count} of ${names.length} names begin with ${quote(prefix)}; it was kept, because ${quote(others[0] ?? '')} does not`,
  ];
}
