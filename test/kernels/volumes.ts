import { type Case, readCase } from '../../src/check/case.ts';
import { compare } from '../../src/check/compare.ts';
import { readCaseFile } from '../../src/check/file.ts';
import type { Gpu, GpuBuffer } from '../../src/gpu/index.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';

export interface Operand {
  buffer: GpuBuffer;
  shape: readonly number[];
}

interface Run {
  gpu: Gpu;
  /** Inputs by name, uploaded as float32 or int32 (truth values as 0 and 1). */
  inputs: Record<string, Operand>;
  params: Case['params'];
  y: GpuBuffer;
  shape: readonly number[];
}

export const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Names of the shipped reference cases that begin like this. */
export async function casesOf(operation: string): Promise<string[]> {
  const index = JSON.parse(new TextDecoder().decode(await readFixture('reference/cases/index.json'))) as string[];
  const names = index.filter((name) => name.startsWith(`${operation}-`));
  if (names.length === 0) throw new Error(`there is no reference case named ${operation}-…`);
  return names;
}

/** Runs a reference case with one output; `run` queues what fills y. */
export async function checkVolumeCase(name: string, run: (operands: Run) => Promise<void> | void): Promise<void> {
  const gpu = await testGpu();
  const reference = readCase(
    readCaseFile(new Uint8Array(await readFixture(`reference/cases/${name}.safetensors`)), name),
  );
  const expected = reference.expected.get('out.y');
  if (!expected || !('whole' in expected)) throw new Error(`${name} has no out.y`);
  const { shape, data } = expected.whole;
  const inputs: Record<string, Operand> = {};
  for (const [input, values] of reference.inputs)
    inputs[input] = { buffer: gpu.upload(values.data, input), shape: values.shape };
  const y = gpu.alloc(4 * elements(shape), name);
  await run({ gpu, inputs, params: reference.params, y, shape });
  const bytes = await gpu.read(y);
  const actual = { shape, data: data instanceof Float32Array ? new Float32Array(bytes) : new Int32Array(bytes) };
  for (const { buffer } of Object.values(inputs)) buffer.release();
  y.release();
  const comparison = compare('out.y', actual, expected, reference.tolerance);
  if (!comparison.pass) throw new Error(`${name}: ${comparison.reason}; worst ${JSON.stringify(comparison.absolute)}`);
}

/** Voxels of a volume of one to three axes that touch a voxel, by rising index. */
export function neighbours(shape: readonly number[], voxel: number, connectivity: number): number[] {
  const [d2 = 1, d1 = 1, d0 = 1] = shape.toReversed();
  const [i0, i1, i2] = [Math.floor(voxel / (d1 * d2)), Math.floor(voxel / d2) % d1, voxel % d2];
  const found: number[] = [];
  for (const a of [i0 - 1, i0, i0 + 1]) {
    for (const b of [i1 - 1, i1, i1 + 1]) {
      for (const c of [i2 - 1, i2, i2 + 1]) {
        const apart = Number(a !== i0) + Number(b !== i1) + Number(c !== i2);
        const inside = a >= 0 && a < d0 && b >= 0 && b < d1 && c >= 0 && c < d2;
        if (inside && apart > 0 && apart <= connectivity) found.push((a * d1 + b) * d2 + c);
      }
    }
  }
  return found;
}
