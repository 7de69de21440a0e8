import { compare } from '../../src/check/compare.ts';
import { type Case, readCase } from '../../src/check/case.ts';
import { readCaseFile } from '../../src/check/file.ts';
import { scope, Tensor, tensor } from '../../src/nn/index.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';

/** Names of the shipped reference cases that begin like this. */
export async function casesOf(prefix: string): Promise<string[]> {
  const index = JSON.parse(new TextDecoder().decode(await readFixture('reference/cases/index.json'))) as string[];
  const names = index.filter((name) => name.startsWith(`${prefix}-`));
  if (names.length === 0) throw new Error(`there is no reference case named ${prefix}-…`);
  return names;
}

export async function readReference(name: string): Promise<Case> {
  return readCase(readCaseFile(new Uint8Array(await readFixture(`reference/cases/${name}.safetensors`)), name));
}

export type Inputs = Record<string, Tensor>;

/** An operation under test: one output, or several of which the first gets the gradient. */
export type Run = (inputs: Inputs, params: Case['params']) => Tensor | Record<string, Tensor>;

/** Runs a case forward and, where it says so, backward, and throws what differs. */
export async function checkReference(name: string, run: Run): Promise<void> {
  const gpu = await testGpu();
  const reference = await readReference(name);
  const wantsGradient = (input: string) => reference.expected.has(`grad.in.${input}`);
  const inputs: Inputs = {};
  for (const [input, { data, shape }] of reference.inputs) inputs[input] = tensor(gpu, data, shape, { requiresGrad: wantsGradient(input) });
  const outputs = scope(() => {
    const result = run(inputs, reference.params);
    const named = result instanceof Tensor ? { y: result } : result;
    for (const [output, { data, shape }] of reference.outputGradients) named[output]?.backward(tensor(gpu, data, shape));
    return named;
  });
  const actual = new Map(Object.entries(outputs).map(([output, value]) => [`out.${output}`, value]));
  for (const [input, value] of Object.entries(inputs)) if (value.grad) actual.set(`grad.in.${input}`, value.grad);
  for (const [key, expected] of reference.expected) {
    const value = actual.get(key);
    if (!value) throw new Error(`${name}: nothing was computed for ${key}`);
    const comparison = compare(key, { shape: value.shape, data: await value.toArray() }, expected, reference.tolerance);
    if (!comparison.pass) throw new Error(`${name}: ${key}: ${comparison.reason}; worst ${JSON.stringify(comparison.absolute)}`);
  }
  for (const value of [...Object.values(inputs), ...Object.values(outputs)]) value.dispose();
}
