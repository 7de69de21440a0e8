/** Stands for every class of shapes of an operation. */
const EVERY = '*';

/** A choice between ways to compute an operation. */
export interface Tuned {
  operation: string;
  /** Class of shapes. */
  shapes: string;
  /** Names of the ways worth choosing from. */
  ways: readonly string[];
  /** The built-in choice. */
  usual: string;
}

/**
 * What measuring on an adapter found better than the built-in choices: for an operation and a class of shapes the name of
 * the way to compute it. Every way gives the same bits, so that a tuning changes nothing but the time.
 */
export class Tuning {
  readonly #ways = new Map<string, string>();
  /** Told of every choice while tuning measures. */
  observer: ((choice: Tuned) => void) | null = null;

  /** The name of the way to take. */
  choose(choice: Tuned): string {
    this.observer?.(choice);
    const { operation, shapes, usual } = choice;
    return this.#ways.get(`${operation} ${shapes}`) ?? this.#ways.get(`${operation} ${EVERY}`) ?? usual;
  }

  /** Without `shapes` the way is for all of the operation's shapes that have none of their own. */
  set(operation: string, way: string, shapes = EVERY): void {
    this.#ways.set(`${operation} ${shapes}`, way);
  }

  clear(): void {
    this.#ways.clear();
  }

  /** The ways by operation and class of shapes. */
  entries(): Record<string, string> {
    return Object.fromEntries([...this.#ways].sort());
  }

  /** Takes over what `entries` gave. */
  load(entries: Readonly<Record<string, string>>): void {
    for (const [key, way] of Object.entries(entries)) this.#ways.set(key, way);
  }
}
