import {
  type Constants,
  defineKernel,
  type Gpu,
  type GpuBuffer,
  type Kernel,
  linearWorkgroups,
} from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import { inRows, workOn } from '../slices.ts';
import forwardSource from './binary.wgsl';
import backwardSource from './binary_backward.wgsl';
import sameSource from './binary_same.wgsl';
import { type Broadcast, broadcast } from './broadcast.ts';
import kept from './kept.wgsl';

export { type Broadcast, broadcast };

/** Value and both derivatives of each function of two numbers, as WGSL expressions of a and b. */
const FUNCTIONS = {
  add: { value: 'a + b', a: 'Value(1.0)', b: 'Value(1.0)' },
  sub: { value: 'a - b', a: 'Value(1.0)', b: 'Value(-1.0)' },
  mul: { value: 'a * b', a: 'b', b: 'a' },
  div: { value: 'a / b', a: '1.0 / b', b: '-a / (b * b)' },
  /** 1 where both are the same number, else 0. */
  equal: { value: 'select(Value(), Value(1.0), a == b)', a: 'Value()', b: 'Value()' },
  absoluteDifference: { value: 'abs(a - b)', a: 'sign(a - b)', b: 'sign(b - a)' },
  squaredDifference: { value: '(a - b) * (a - b)', a: '2.0 * (a - b)', b: '2.0 * (b - a)' },
  /** Huber's loss over BETA: quadratic up to BETA, then linear. */
  smoothDifference: {
    value: 'select(abs(a - b) - 0.5 * BETA, 0.5 * (a - b) * (a - b) / BETA, abs(a - b) < Value(BETA))',
    a: 'kept(select(sign(a - b), (a - b) / BETA, abs(a - b) < Value(BETA)), a - b)',
    b: 'kept(select(sign(b - a), (b - a) / BETA, abs(b - a) < Value(BETA)), b - a)',
  },
} as const;

export type BinaryName = keyof typeof FUNCTIONS;

const NAMES = Object.keys(FUNCTIONS) as BinaryName[];

/** One kernel for each function, with the aliases `types` and its value or a derivative as the function `fn` put ahead. */
function kernels(source: string, pass: string, part: 'value' | 'a' | 'b', types: string): Record<BinaryName, Kernel> {
  const fn = part === 'value' ? 'f' : 'derivative';
  const made = NAMES.map((name) => {
    const prelude = `${types} ${kept} fn ${fn}(a: Value, b: Value) -> Value { return ${FUNCTIONS[name][part]}; }`;
    return [name, defineKernel({ name: `elementwise.${name}${pass}`, source, prelude })];
  });
  return Object.fromEntries(made) as Record<BinaryName, Kernel>;
}

const SINGLE = 'alias Value = f32; alias Bits = u32;';
const VEC4 = 'alias Value = vec4<f32>; alias Bits = vec4u;';

const same = kernels(sameSource, '', 'value', VEC4);
const forward = kernels(forwardSource, '_broadcast', 'value', SINGLE);
const gradients = {
  a: kernels(backwardSource, '_gradient_a', 'a', SINGLE),
  b: kernels(backwardSource, '_gradient_b', 'b', SINGLE),
};

const constants = (beta: number | undefined): Constants => (beta === undefined ? {} : { BETA: beta });

/** y = f(a, b) with the operands walked as `shape` says. `beta` belongs to `smoothDifference`. */
export function binaryForward(
  gpu: Gpu,
  name: BinaryName,
  { a, b, y, shape, beta }: { a: GpuBuffer; b: GpuBuffer; y: GpuBuffer; shape: Broadcast; beta?: number | undefined },
): void {
  if (shape.same) {
    dispatchElements(gpu, same[name], { tensors: { a, b, y }, n: shape.n, constants: constants(beta) });
    return;
  }
  dispatchBroadcast(gpu, forward[name], shape, constants(beta), { a, b, y });
}

/** Queues a kernel that walks a and b as `shape` says, and tensors of the result's shape. */
function dispatchBroadcast(
  gpu: Gpu,
  kernel: Kernel,
  { rank, rows, row, sizes }: Broadcast,
  constants: Constants,
  { a, b, ...results }: Record<string, GpuBuffer> & Record<'a' | 'b', GpuBuffer>,
): void {
  if (rows === 0) return;
  const whole = Object.entries(results).map(([name, buffer]) => [name, { buffer, row: row.y }] as const);
  const tensors = { a: { buffer: a, row: row.a }, b: { buffer: b, row: row.b }, ...Object.fromEntries(whole) };
  for (const { buffers, count } of inRows(gpu, rows, tensors)) {
    const n = count * row.y;
    gpu.dispatch(kernel.with({ RANK: rank, ...constants }), {
      buffers,
      sizes: { n, ...sizes },
      workgroups: linearWorkgroups(n, 256),
      work: workOn(buffers),
    });
  }
}

/** g = gy · ∂f/∂a (or ∂b) in the result's shape; the caller sums over repeated axes. */
export function binaryGradient(
  gpu: Gpu,
  name: BinaryName,
  operand: 'a' | 'b',
  {
    a,
    b,
    gy,
    g,
    shape,
    beta,
  }: { a: GpuBuffer; b: GpuBuffer; gy: GpuBuffer; g: GpuBuffer; shape: Broadcast; beta?: number | undefined },
): void {
  dispatchBroadcast(gpu, gradients[operand][name], shape, constants(beta), { a, b, gy, g });
}

/** y[n] = a[n] + b[n]. */
export function addForward(gpu: Gpu, { a, b, y, n }: { a: GpuBuffer; b: GpuBuffer; y: GpuBuffer; n: number }): void {
  binaryForward(gpu, 'add', { a, b, y, shape: broadcast([n], [n], [n]) });
}
