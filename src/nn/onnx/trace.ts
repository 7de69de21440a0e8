/**
 * What a network does to its inputs, written down while it runs once: every functional operation in its order, with the
 * values that go from one to the next. Whatever a network is made of can be traced, as long as its operations are declared
 * by `operation`; loops and conditions come out as they went this time.
 */
import type { GpuBuffer } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { type Attributes, noGrad, type Observer, observe, type Rule } from '../autograd.ts';
import { keep, scope } from '../scope.ts';
import { sameShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

export interface Value {
  shape: readonly number[];
}

export interface Step {
  operation: string;
  attributes: Attributes;
  inputs: Value[];
  output: Value;
}

/** A value that is there before anything runs, or that the network makes from numbers. */
export interface Constant {
  value: Value;
  /** The network's name for it; null for one that it made. */
  name: string | null;
  data: Float32Array<ArrayBuffer>;
}

export interface Trace {
  inputs: Value[];
  steps: Step[];
  constants: Constant[];
  outputs: Record<string, Value>;
}

/** What a forward pass gives: one tensor, several, or several by name. */
export type Outputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

class Tracer implements Observer {
  readonly steps: Step[] = [];
  readonly made: { value: Value; tensor: Tensor; name: string | null }[] = [];
  readonly #values = new Map<Tensor, Value>();
  /** Memory of known values: a tensor made by `detach` has that of another. */
  readonly #buffers = new Map<GpuBuffer, Value[]>();
  readonly #names: ReadonlyMap<Tensor, string>;

  constructor(names: ReadonlyMap<Tensor, string>) {
    this.#names = names;
  }

  forward(output: Tensor, rule: Rule): void {
    const inputs = rule.inputs.map((input) => this.valueOf(input));
    this.steps.push({
      operation: rule.name,
      attributes: rule.attributes ?? {},
      inputs,
      output: this.know(output),
    });
  }

  backward(): void {}

  sum(): void {}

  know(tensor: Tensor): Value {
    const value = { shape: tensor.shape };
    this.#values.set(tensor, value);
    const { buffer } = tensor;
    this.#buffers.set(buffer, [...(this.#buffers.get(buffer) ?? []), value]);
    return value;
  }

  /** The value of a tensor; one that no operation made is a constant, whose memory is kept until it is read. */
  valueOf(tensor: Tensor): Value {
    const known = this.#values.get(tensor) ?? this.#alias(tensor);
    if (known) return known;
    if (tensor.dtype !== 'f32')
      throw new UserError(`onnx: a tensor of ${tensor.dtype} takes part; only f32 is written`);
    const value = this.know(tensor);
    this.made.push({ value, tensor: keep(tensor.detach()), name: this.#names.get(tensor) ?? null });
    return value;
  }

  #alias(tensor: Tensor): Value | undefined {
    return this.#buffers.get(tensor.buffer)?.findLast(({ shape }) => sameShape(shape, tensor.shape));
  }
}

/**
 * Runs `forward` on `inputs` and writes down what it does.
 * @param names the network's names for its tensors
 */
export async function trace(
  forward: (...inputs: Tensor[]) => Outputs,
  inputs: readonly Tensor[],
  names: ReadonlyMap<Tensor, string>,
): Promise<Trace> {
  const tracer = new Tracer(names);
  const known = inputs.map((input) => tracer.know(input));
  const outputs = scope(() => {
    const stop = observe(tracer);
    try {
      return named(noGrad(() => forward(...inputs))).map(([name, tensor]) => [name, tracer.valueOf(tensor)] as const);
    } finally {
      stop();
    }
  });
  const constants = await Promise.all(
    tracer.made.map(async ({ value, tensor, name }) => ({ value, name, data: await tensor.toArray() })),
  );
  for (const { tensor } of tracer.made) tensor.dispose();
  return { inputs: known, steps: tracer.steps, constants, outputs: Object.fromEntries(outputs) };
}

function named(outputs: Outputs): [string, Tensor][] {
  if (outputs instanceof Tensor) return [['output', outputs]];
  if (!Array.isArray(outputs)) return Object.entries(outputs as Readonly<Record<string, Tensor>>);
  return outputs.map((output: Tensor, i) => [`output${i}`, output]);
}
