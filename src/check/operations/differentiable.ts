import type { ScalarType } from '../../gpu/index.ts';
import { scope } from '../../nn/scope.ts';
import { Tensor, tensor } from '../../nn/tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { Values } from '../case.ts';
import type { Params } from '../params.ts';
import { input, inputNames, type Operation, type Outcome, outputNames, type Task } from '../task.ts';

/** An operation's tensors by name; one whose name ends with "?" may be absent. */
type Operands<Name extends string> = {
  [N in Name as N extends `${infer Base}?` ? Base : N]: N extends `${string}?` ? Tensor | undefined : Tensor;
};

type Result = Tensor | Record<string, Tensor>;

/**
 * An operation of the engine with its gradient: forward on the file's inputs and, where the file gives the gradient of an
 * output, back to the inputs whose gradients it expects.
 *
 * @param inputs the reference's names of the inputs, optional ones with "?"
 * @param apply gives the output, or several by name; it may ask for the names of those that the file expects
 */
export function differentiable<const Name extends string>(
  inputs: readonly Name[],
  apply: (operands: Operands<Name>, params: Params, outputs: readonly string[]) => Result,
): Operation {
  return (task) => {
    return run(task, inputNames(task.inputs, inputs), (operands) => {
      const byName = Object.fromEntries(inputs.map((name, i) => [name.replace('?', ''), operands[i]]));
      return apply(byName as Operands<Name>, task.params, outputNames(task));
    });
  };
}

/** The same for an operation on any number of tensors: the file's inputs in the order of their names, x2 before x10. */
export function variadic(apply: (operands: Tensor[], params: Params) => Result): Operation {
  return (task) => {
    const names = [...task.inputs.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    return run(task, names, (operands) => apply(operands as Tensor[], task.params));
  };
}

async function run(
  task: Task,
  names: (string | null)[],
  apply: (operands: (Tensor | undefined)[]) => Result,
): Promise<Outcome> {
  const { operands, outputs } = scope(() => {
    const operands = names.map((name) => (name === null ? undefined : operand(task, name)));
    const outputs = named(apply(operands), task);
    backward(task, outputs);
    return { operands, outputs };
  });
  const outcome: Outcome = new Map();
  for (const [name, output] of Object.entries(outputs)) outcome.set(`out.${name}`, await valuesOf(output));
  for (const [i, name] of names.entries()) {
    const gradient = operands[i]?.grad;
    if (gradient) outcome.set(`grad.in.${name}`, await valuesOf(gradient));
  }
  for (const each of [...Object.values(outputs), ...operands]) each?.dispose();
  return outcome;
}

function operand(task: Task, name: string): Tensor {
  const values = input(task, name);
  const options = { requiresGrad: task.expected.has(`grad.in.${name}`), dtype: typeOf(task, values) };
  return tensor(task.gpu, Float32Array.from(values.data), values.shape, options);
}

/** f16 where the file holds both this input and an output so, and the adapter computes with it; else f32. */
function typeOf({ gpu, expected }: Task, { half = false }: Values): ScalarType {
  const wanted = [...expected].some(([name, each]) => name.startsWith('out.') && 'whole' in each && each.whole.half);
  return half && wanted && gpu.features.has('shader-f16') ? 'f16' : 'f32';
}

/** A single output takes whatever name the file gives it. */
function named(result: Result, task: Task): Record<string, Tensor> {
  if (!(result instanceof Tensor)) return result;
  const [name = 'y'] = [...outputNames(task), ...task.outputGradients.keys()];
  return { [name]: result };
}

function backward(task: Task, outputs: Record<string, Tensor>): void {
  if (![...task.expected.keys()].some((name) => name.startsWith('grad.'))) return;
  for (const [name, { shape, data }] of task.outputGradients) {
    const output = outputs[name];
    if (!output)
      throw new UserError(`"grad.out.${name}" belongs to no output; there are ${Object.keys(outputs).join(', ')}`);
    if (output.shape.join() !== shape.join()) {
      throw new UserError(
        `"grad.out.${name}" has shape [${shape.join(', ')}], the output [${output.shape.join(', ')}]`,
      );
    }
    output.backward(tensor(task.gpu, Float32Array.from(data), shape, { dtype: output.buffer.scalar }));
  }
}

/** Reads a tensor back. */
export async function valuesOf(source: Tensor): Promise<Values> {
  return { shape: source.shape, data: await source.toArray() };
}
