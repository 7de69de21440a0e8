import { UserError } from '../util/errors.ts';

/**
 * The `params` of a conformance file, read by name with the reference API's defaults. What an operation did not read is
 * found afterwards (`unread`): a parameter that is silently ignored would make a case pass for the wrong reason.
 */
export class Params {
  #values: Readonly<Record<string, unknown>>;
  #read = new Set<string>();
  #nested = new Map<string, Params>();

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  /** Whether the parameter has this very value. */
  is(name: string, value: string | number): boolean {
    return this.#get(name, null) === value;
  }

  number(name: string, fallback?: number): number {
    const value = this.#get(name, fallback);
    return typeof value === 'number' ? value : this.#refuse(name, 'a number');
  }

  boolean(name: string, fallback?: boolean): boolean {
    const value = this.#get(name, fallback);
    return typeof value === 'boolean' ? value : this.#refuse(name, 'true or false');
  }

  text(name: string, fallback?: string): string {
    const value = this.#get(name, fallback);
    return typeof value === 'string' ? value : this.#refuse(name, 'a text');
  }

  /** One of these texts. */
  choice<const Text extends string>(name: string, texts: readonly Text[], fallback?: Text): Text {
    const value = this.#get(name, fallback);
    return texts.find((text) => text === value) ?? this.#refuse(name, texts.join(' or '));
  }

  /** A list of numbers; a single number counts as a list of one. */
  numbers(name: string, fallback?: readonly number[]): number[] {
    const value = this.#get(name, fallback);
    if (typeof value === 'number') return [value];
    const valid = Array.isArray(value) && value.every((item) => typeof item === 'number');
    return valid ? value : this.#refuse(name, 'a list of numbers');
  }

  /** Height and width; a single number stands for both. */
  pair(name: string, fallback?: number): [number, number] {
    const [first, second = first, ...more] = this.numbers(name, fallback === undefined ? undefined : [fallback]);
    return first !== undefined && more.length === 0
      ? [first, second as number]
      : this.#refuse(name, 'a number or a pair');
  }

  /** Height and width, null where one is left open; a single number stands for both. */
  openPair(name: string): [number | null, number | null] {
    const value = this.#get(name, undefined);
    const list = Array.isArray(value) ? value : [value, value];
    return list.length === 2 && list.every((item) => typeof item === 'number' || item === null)
      ? (list as [number | null, number | null])
      : this.#refuse(name, 'a number or a pair of numbers or null');
  }

  /** Any value at all, undefined where there is none. */
  any(name: string): unknown {
    this.#read.add(name);
    return this.#values[name];
  }

  /** Takes note of a parameter that changes nothing here. */
  ignore(name: string): void {
    this.#read.add(name);
  }

  /** Rows of numbers, or a single list of them. */
  matrix(name: string): number[] | number[][] {
    const value = this.#get(name, undefined);
    const isRow = (row: unknown): row is number[] =>
      Array.isArray(row) && row.every((item) => typeof item === 'number');
    if (isRow(value)) return value;
    return Array.isArray(value) && value.every(isRow)
      ? value
      : this.#refuse(name, 'a list of numbers or of rows of numbers');
  }

  /** Lists within lists, all of one depth and length, of numbers or truth values. */
  array(name: string): { shape: number[]; data: number[] } {
    const value = this.#get(name, undefined);
    const shape: number[] = [];
    for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
    const isArray = (item: unknown, axis: number): boolean =>
      axis === shape.length
        ? typeof item === 'number' || typeof item === 'boolean'
        : Array.isArray(item) && item.length === shape[axis] && item.every((inner) => isArray(inner, axis + 1));
    if (shape.length === 0 || !isArray(value, 0)) return this.#refuse(name, 'an array of numbers');
    return { shape, data: (value as unknown[]).flat(shape.length).map(Number) };
  }

  /** A nested object; a text stands for an object whose `key` is that text. */
  nested(name: string, key?: string): Params {
    const value = this.#get(name, undefined);
    const object = typeof value === 'string' && key !== undefined ? { [key]: value } : value;
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return this.#refuse(name, 'an object');
    const params = this.#nested.get(name) ?? new Params({ ...object });
    this.#nested.set(name, params);
    return params;
  }

  /** Throws where a parameter that the engine does not have is anything but what it amounts to there. */
  only(name: string, value: number | string | boolean): void {
    if (this.#get(name, value) !== value) throw new UserError(`params: "${name}" other than ${value} is not supported`);
  }

  /** Names that nobody asked for, those of nested objects as "model.name"; null and false are taken as "not used". */
  unread(): string[] {
    const unused = (value: unknown) => value === null || value === false;
    const own = Object.keys(this.#values).filter((name) => !this.#read.has(name) && !unused(this.#values[name]));
    return [
      ...own,
      ...[...this.#nested].flatMap(([name, params]) => params.unread().map((inner) => `${name}.${inner}`)),
    ];
  }

  #get(name: string, fallback: unknown): unknown {
    this.#read.add(name);
    const value = this.has(name) ? this.#values[name] : fallback;
    if (value === undefined) throw new UserError(`params lack "${name}"`);
    return value;
  }

  #refuse(name: string, wanted: string): never {
    throw new UserError(`params: "${name}" is ${JSON.stringify(this.#values[name])}, not ${wanted}`);
  }
}
