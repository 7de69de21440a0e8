/**
 * A kernel: a WGSL file that is complete as it stands, plus a few `const` lines put ahead of it. The interface (bindings
 * and uniform block) is read from the source, so TypeScript passes buffers and sizes by their WGSL names and a mismatch
 * is found before anything reaches the driver.
 */
import type { ScalarType } from './pool.ts';

/** Values of the `const` lines put ahead of a kernel, by name. */
export type Constants = Record<string, number>;

/**
 * Names under which a kernel declares the numbers of its buffers, `array<Scalar>` or `array<vec4<Scalar>>`: each becomes an
 * alias of f32 or f16, whichever the buffers that are bound there hold. `Output` is for kernels whose results may be of
 * another type than their operands. What is f32 always (parameters, statistics, partial sums) is declared so.
 */
const ALIASES = ['Scalar', 'Output'] as const;
export type Alias = (typeof ALIASES)[number];
export type Types = Partial<Record<Alias, ScalarType>>;

export interface Binding {
  name: string;
  index: number;
  /** `texels` are textures of vec4<f32> that stand for memory (texels.ts). */
  type: 'read-only-storage' | 'storage' | 'uniform' | 'texels';
  /** The alias its elements have; null where their type is fixed. */
  alias: Alias | null;
  /** Whether its elements are whole numbers, which may be the bits of anything. */
  integer: boolean;
}

export interface UniformField {
  name: string;
  type: 'u32' | 'i32' | 'f32';
}

export interface KernelInterface {
  bindings: Binding[];
  fields: UniformField[];
}

export interface KernelDefinition {
  /** `operation.pass`, the name shown in errors and profiles. */
  name: string;
  source: string;
  /** Functions put ahead of the source, e.g. a fused epilogue. */
  prelude?: string;
  /** Optional features of the adapter the source needs, e.g. `shader-f16`. */
  enable?: string[];
}

const BINDING =
  /@group\(0\)\s*@binding\((\d+)\)\s*var<\s*(storage|uniform)\s*(?:,\s*(read_write|read)\s*)?>\s*(\w+)\s*:\s*([^;]+);/g;
const NAMED_TYPE = /\balias\s+(\w+)\s*=\s*([^;]+);/g;
const TEXELS = /@group\(0\)\s*@binding\((\d+)\)\s*var\s+(\w+)\s*:\s*texture_storage_2d<rgba32float,\s*read>;/g;
const FIELD = /(\w+)\s*:\s*(u32|i32|f32)\s*,?/g;

function stripComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

/** Reads `var<storage…>`, `var<uniform>`, storage textures and the uniform block's scalars from WGSL source; `prelude` may name types. */
export function parseInterface(name: string, source: string, prelude = ''): KernelInterface {
  const text = stripComments(source);
  const named = new Map([...stripComments(prelude).matchAll(NAMED_TYPE)].map(([, type, meaning]) => [type, meaning]));
  const bindings: Binding[] = [];
  let fields: UniformField[] = [];
  for (const [, index, space, access, variable, type] of text.matchAll(BINDING)) {
    const kind = space === 'uniform' ? 'uniform' : access === 'read_write' ? 'storage' : 'read-only-storage';
    const elements = (type as string).replace(/\w+/g, (word) => named.get(word) ?? word);
    const alias = ALIASES.find((name) => new RegExp(`\\b${name}\\b`).test(elements)) ?? null;
    const integer = /\b([ui]32|vec[234][ui])\b/.test(elements);
    bindings.push({ name: variable as string, index: Number(index), type: kind, alias, integer });
    if (kind === 'uniform') fields = parseUniformBlock(name, text, (type as string).trim());
  }
  for (const [, index, variable] of text.matchAll(TEXELS)) {
    bindings.push({ name: variable as string, index: Number(index), type: 'texels', alias: null, integer: false });
  }
  if (!bindings.some(({ type }) => type === 'storage')) {
    throw new Error(`kernel ${name}: no read_write storage binding found in its source`);
  }
  bindings.sort((a, b) => a.index - b.index);
  return { bindings, fields };
}

function parseUniformBlock(name: string, text: string, type: string): UniformField[] {
  const block = text.match(new RegExp(`struct\\s+${type}\\s*\\{([^}]*)\\}`));
  if (!block) throw new Error(`kernel ${name}: uniform block "${type}" must be a struct of u32, i32 or f32 scalars`);
  const body = block[1] as string;
  const fields = [...body.matchAll(FIELD)].map(([, field, kind]) => ({ name: field as string, type: kind as 'u32' }));
  const declared = body.split(':').length - 1;
  if (declared !== fields.length)
    throw new Error(`kernel ${name}: uniform block "${type}" may hold u32, i32 and f32 scalars only`);
  return fields;
}

let nextKernelId = 0;

/** What is put ahead of a kernel's source. */
interface Variant {
  constants: Constants;
  types: Types;
}

/** One specialised kernel: what a pipeline is compiled from. */
export class Kernel {
  readonly name: string;
  readonly source: string;
  readonly interface: KernelInterface;
  /** Line of `source` on which the `.wgsl` file begins. */
  readonly firstLine: number;
  readonly id = nextKernelId++;
  readonly #definition: KernelDefinition;
  readonly #variant: Variant;
  readonly #variants: Map<string, Kernel>;

  constructor(definition: KernelDefinition, variant: Variant, variants: Map<string, Kernel>, parsed: KernelInterface) {
    const ahead = linesAhead(definition, variant, parsed);
    this.name = definition.name;
    this.source = `${ahead}\n${definition.source}`;
    this.firstLine = ahead.split('\n').length + 1;
    this.interface = parsed;
    this.#definition = definition;
    this.#variant = variant;
    this.#variants = variants;
  }

  /** The same kernel with these constants ahead of its source; made once for each set of values. */
  with(constants: Constants): Kernel {
    return this.#specialised({ constants, types: this.#variant.types });
  }

  /** The same kernel for buffers that hold these types; `gpu.dispatch` asks for it. Aliases left out stand for f32. */
  storing(types: Types): Kernel {
    return this.#specialised({ constants: this.#variant.constants, types });
  }

  #specialised(variant: Variant): Kernel {
    const list = (values: object) =>
      Object.entries(values)
        .map(([name, value]) => `${name}=${value}`)
        .sort()
        .join(',');
    const key = `${list(variant.constants)};${list(variant.types)}`;
    let kernel = this.#variants.get(key);
    if (!kernel) {
      kernel = new Kernel(this.#definition, variant, this.#variants, this.interface);
      this.#variants.set(key, kernel);
    }
    return kernel;
  }
}

function linesAhead(
  definition: KernelDefinition,
  { constants, types }: Variant,
  { bindings }: KernelInterface,
): string {
  const half = Object.values(types).includes('f16') ? ['f16'] : [];
  const used = ALIASES.filter((name) => name === 'Scalar' || bindings.some(({ alias }) => alias === name));
  return [
    ...[...half, ...(definition.enable ?? [])].map((feature) => `enable ${feature};`),
    ...used.map((name) => `alias ${name} = ${types[name] ?? 'f32'};`),
    ...Object.entries(constants).map(
      ([key, value]) => `const ${key} = ${formatConstant(definition.name, key, value)};`,
    ),
    definition.prelude ?? '',
  ]
    .join('\n')
    .trimEnd();
}

function formatConstant(kernel: string, name: string, value: number): string {
  if (!Number.isFinite(value)) throw new Error(`kernel ${kernel}: constant ${name} is ${value}; it must be finite`);
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/** Declares a kernel from its WGSL source. */
export function defineKernel(definition: KernelDefinition): Kernel {
  const variant = { constants: {}, types: {} };
  return new Kernel(
    definition,
    variant,
    new Map(),
    parseInterface(definition.name, definition.source, definition.prelude),
  );
}
