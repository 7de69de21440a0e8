/**
 * Networks as ONNX models, for inference elsewhere. The network runs twice, on batches of two sizes and other numbers: what
 * differs between the two traces follows the batch, and the model takes batches of any size.
 */
import { writeFileAtomically } from '#file-host';
import { encodeOnnx, type OnnxConstant, type OnnxNode } from '../../formats/onnx/model.ts';
import { defaultGpu, type Gpu } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { randomStream } from '../../util/random.ts';
import { VERSION } from '../../util/version.ts';
import type { Module } from '../layers/module.ts';
import { formatShape, type Shape, sameShape, sizeOf } from '../shape.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { type Graph, type Situation, writeStep } from './operators.ts';
import { type Constant, type Outputs, type Trace, trace, type Value } from './trace.ts';

/** What a network takes, and what is said of it in its file. */
export interface OnnxOptions {
  /** The network's inputs in their order: the name of each, and its shape without the batch, which is the first axis. */
  inputs: Readonly<Record<string, Shape>>;
  /** Name of the graph; `network` where left out. */
  name?: string;
  /** Any texts about the model, kept in its metadata. */
  metadata?: Readonly<Record<string, string>>;
}

const BATCHES = [2, 3] as const;
const BATCH = 'batch';

/**
 * The bytes of an ONNX file (operators of set 17, numbers of 32 bits) that gives what the network gives in evaluation mode,
 * for batches of any size. Outputs are named `output`, or as the network names them.
 * @throws UserError for an operation that has no counterpart, and for a network that does other things with other batches
 */
export async function toOnnx<Inputs extends Tensor[]>(
  network: Module<Outputs, Inputs>,
  { inputs, name = 'network', metadata = {} }: OnnxOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const modes = [...network.namedModules().values()].map((module) => [module, module.training] as const);
  network.eval();
  try {
    const [small, large] = [await traced(network, inputs, BATCHES[0]), await traced(network, inputs, BATCHES[1])];
    return encodeOnnx(modelOf(small, large, Object.keys(inputs), name, metadata));
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
}

/** Writes that file, wholly or not at all. For Node; in browsers use `toOnnx`. */
export async function saveOnnx<Inputs extends Tensor[]>(
  path: string,
  network: Module<Outputs, Inputs>,
  options: OnnxOptions,
): Promise<void> {
  await writeFileAtomically(path, await toOnnx(network, options));
}

async function traced<Inputs extends Tensor[]>(
  network: Module<Outputs, Inputs>,
  inputs: Readonly<Record<string, Shape>>,
  batch: number,
): Promise<Trace> {
  const gpu = gpuOf(network);
  const names = new Map([...network.namedTensors()].map(([name, each]) => [each, name]));
  const pictures = Object.entries(inputs).map(([name, shape]) => {
    const random = randomStream(batch, 'onnx', name);
    const data = Float32Array.from({ length: batch * sizeOf(shape) }, () => random.uniform());
    return tensor(gpu, data, [batch, ...shape]);
  });
  try {
    return await trace((...given) => network.forward(...(given as Inputs)), pictures, names);
  } finally {
    for (const each of pictures) each.dispose();
  }
}

function gpuOf(network: Pick<Module, 'namedTensors'>): Gpu {
  const [first] = network.namedTensors().values();
  return first?.gpu ?? defaultGpu();
}

function modelOf(small: Trace, large: Trace, inputNames: readonly string[], name: string, metadata: Metadata) {
  expectSameSteps(small, large);
  const writer = new GraphWriter(small, inputNames);
  small.constants.forEach((constant, i) => {
    writer.constant(constant, large.constants[i] as Constant);
  });
  small.steps.forEach((step, i) => {
    writer.step({ ...step, otherShape: large.steps[i]?.output.shape ?? [] });
  });
  const outputs = Object.entries(small.outputs).map(([output, value]) => {
    writer.output(output, value);
    return { name: output, shape: axes(value, large.outputs[output] as Value) };
  });
  return {
    name,
    producer: { name: 'agelens', version: VERSION },
    inputs: small.inputs.map((value, i) => ({
      name: inputNames[i] as string,
      shape: axes(value, large.inputs[i] as Value),
    })),
    outputs,
    nodes: writer.nodes,
    constants: writer.constants,
    metadata,
  };
}

type Metadata = Readonly<Record<string, string>>;

/** Sizes; an axis that follows the batch by that name. */
function axes({ shape }: Value, other: Value): (number | string)[] {
  return shape.map((size, axis) => (size === other.shape[axis] ? size : BATCH));
}

/** The two traces must tell of the same work. */
function expectSameSteps(small: Trace, large: Trace): void {
  const described = ({ steps, constants }: Trace) => [
    ...steps.map(({ operation, attributes }) => `${operation} ${JSON.stringify(attributes)}`),
    ...constants.map((constant) => constant.name ?? 'constant'),
  ];
  const [a, b] = [described(small), described(large)];
  const at = Array.from({ length: Math.max(a.length, b.length) }).findIndex((_, i) => a[i] !== b[i]);
  if (at < 0) return;
  throw new UserError(
    `onnx: the network does other things with a batch of ${BATCHES[0]} than with one of ${BATCHES[1]}: step ${at} is ${a[at] ?? 'none'} and ${b[at] ?? 'none'}`,
  );
}

class GraphWriter implements Graph {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #names = new Map<Value, string>();
  readonly #taken = new Set<string>();
  #made = 0;

  constructor({ inputs, outputs }: Trace, inputNames: readonly string[]) {
    for (const name of [...inputNames, ...Object.keys(outputs)]) {
      if (this.#taken.has(name)) throw new UserError(`onnx: "${name}" names two inputs or outputs`);
      this.#taken.add(name);
    }
    inputs.forEach((value, i) => {
      this.#names.set(value, inputNames[i] as string);
    });
  }

  constant({ value, name, data }: Constant, other: Constant): void {
    const same = sameShape(value.shape, other.value.shape) && data.every((each, i) => Object.is(each, other.data[i]));
    if (!same)
      throw new UserError(
        `onnx: a tensor of shape ${formatShape(value.shape)} depends on the input, but no operation that is exported made it`,
      );
    const free = name === null ? this.#numbered('constant') : this.#free(name);
    this.constants.push({ name: free, shape: value.shape, data });
    this.#names.set(value, free);
  }

  step(step: Situation): void {
    const inputs = step.inputs.map((value) => this.#names.get(value) as string);
    this.#names.set(step.output, writeStep(this, inputs, step));
  }

  /** Gives a value the name of an output. */
  output(name: string, value: Value): void {
    this.nodes.push({ operator: 'Identity', inputs: [this.#names.get(value) as string], outputs: [name] });
  }

  add(operator: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): string {
    const output = this.#numbered(operator);
    this.nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }

  numbers(data: readonly number[], shape: Shape): string {
    const name = this.#numbered('constant');
    this.constants.push({ name, shape, data: Float32Array.from(data) });
    return name;
  }

  integers(data: readonly number[]): string {
    const name = this.#numbered('constant');
    this.constants.push({ name, shape: [data.length], data: BigInt64Array.from(data, BigInt) });
    return name;
  }

  #numbered(name: string): string {
    return this.#free(`${name}_${this.#made++}`);
  }

  /** The name itself, with a number behind it where it is taken. */
  #free(name: string): string {
    let free = name;
    while (this.#taken.has(free)) free = `${name}_${this.#made++}`;
    this.#taken.add(free);
    return free;
  }
}
