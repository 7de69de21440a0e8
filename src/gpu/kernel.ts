/**
 * A kernel: a WGSL file that is complete as it stands, plus a few `const` lines put ahead of it. The interface (bindings
 * and uniform block) is read from the source, so TypeScript passes buffers and sizes by their WGSL names and a mismatch
 * is found before anything reaches the driver.
 */
export type Constants = Record<string, number>;

export interface Binding {
  name: string;
  index: number;
  type: 'read-only-storage' | 'storage' | 'uniform';
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
const FIELD = /(\w+)\s*:\s*(u32|i32|f32)\s*,?/g;

function stripComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

/** Reads `var<storage…>`, `var<uniform>` and the uniform block's scalars from WGSL source. */
export function parseInterface(name: string, source: string): KernelInterface {
  const text = stripComments(source);
  const bindings: Binding[] = [];
  let fields: UniformField[] = [];
  for (const [, index, space, access, variable, type] of text.matchAll(BINDING)) {
    const kind = space === 'uniform' ? 'uniform' : access === 'read_write' ? 'storage' : 'read-only-storage';
    bindings.push({ name: variable as string, index: Number(index), type: kind });
    if (kind === 'uniform') fields = parseUniformBlock(name, text, (type as string).trim());
  }
  if (!bindings.some((binding) => binding.type === 'storage')) {
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

/** One specialised kernel: what a pipeline is compiled from. */
export class Kernel {
  readonly name: string;
  readonly source: string;
  readonly interface: KernelInterface;
  /** Line of `source` on which the `.wgsl` file begins. */
  readonly firstLine: number;
  readonly id = nextKernelId++;
  readonly #definition: KernelDefinition;
  readonly #variants: Map<string, Kernel>;

  constructor(
    definition: KernelDefinition,
    constants: Constants,
    variants: Map<string, Kernel>,
    parsed: KernelInterface,
  ) {
    const lines = Object.entries(constants).map(
      ([key, value]) => `const ${key} = ${formatConstant(definition.name, key, value)};`,
    );
    const enables = (definition.enable ?? []).map((feature) => `enable ${feature};`);
    const scalar = 'alias Scalar = f32;';
    this.name = definition.name;
    const ahead = [...enables, scalar, ...lines, definition.prelude ?? ''].join('\n').trimEnd();
    this.source = `${ahead}\n${definition.source}`;
    this.firstLine = ahead.split('\n').length + 1;
    this.interface = parsed;
    this.#definition = definition;
    this.#variants = variants;
  }

  /** The same kernel with these constants ahead of its source; made once for each set of values. */
  with(constants: Constants): Kernel {
    const key = Object.keys(constants)
      .sort()
      .map((name) => `${name}=${constants[name]}`)
      .join(',');
    let kernel = this.#variants.get(key);
    if (!kernel) {
      kernel = new Kernel(this.#definition, constants, this.#variants, this.interface);
      this.#variants.set(key, kernel);
    }
    return kernel;
  }
}

function formatConstant(kernel: string, name: string, value: number): string {
  if (!Number.isFinite(value)) throw new Error(`kernel ${kernel}: constant ${name} is ${value}; it must be finite`);
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/** Declares a kernel from its WGSL source. */
export function defineKernel(definition: KernelDefinition): Kernel {
  return new Kernel(definition, {}, new Map(), parseInterface(definition.name, definition.source));
}
