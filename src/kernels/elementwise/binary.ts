import { defineKernel, type Gpu, type GpuBuffer, type Kernel, linearWorkgroups } from '../../gpu/index.ts';
import forwardSource from './binary.wgsl';
import backwardSource from './binary_backward.wgsl';
import { type Broadcast, broadcast } from './broadcast.ts';

export { type Broadcast, broadcast };

/** Value and both derivatives of each function of two numbers, as WGSL expressions of a and b. */
const FUNCTIONS = {
  add: { value: 'a + b', a: '1.0', b: '1.0' },
  sub: { value: 'a - b', a: '1.0', b: '-1.0' },
  mul: { value: 'a * b', a: 'b', b: 'a' },
  div: { value: 'a / b', a: '1.0 / b', b: '-a / (b * b)' },
  absoluteDifference: { value: 'abs(a - b)', a: 'sign(a - b)', b: 'sign(b - a)' },
  squaredDifference: { value: '(a - b) * (a - b)', a: '2.0 * (a - b)', b: '2.0 * (b - a)' },
  /** Huber's loss over BETA: quadratic up to BETA, then linear. */
  smoothDifference: {
    value: 'select(abs(a - b) - 0.5 * BETA, 0.5 * (a - b) * (a - b) / BETA, abs(a - b) < BETA)',
    a: 'select(sign(a - b), (a - b) / BETA, abs(a - b) < BETA)',
    b: 'select(sign(b - a), (b - a) / BETA, abs(b - a) < BETA)',
  },
} as const;

export type BinaryName = keyof typeof FUNCTIONS;

const NAMES = Object.keys(FUNCTIONS) as BinaryName[];

function kernels(part: 'value' | 'a' | 'b'): Record<BinaryName, Kernel> {
  const [fn, pass, source] =
    part === 'value' ? ['f', '', forwardSource] : ['derivative', `_gradient_${part}`, backwardSource];
  const made = NAMES.map((name) => {
    const prelude = `fn ${fn}(a: Scalar, b: Scalar) -> Scalar { return ${FUNCTIONS[name][part]}; }`;
    return [name, defineKernel({ name: `elementwise.${name}${pass}`, source, prelude })];
  });
  return Object.fromEntries(made) as Record<BinaryName, Kernel>;
}

const forward = kernels('value');
const gradients = { a: kernels('a'), b: kernels('b') };

function specialised(kernel: Kernel, rank: number, beta?: number): Kernel {
  return kernel.with(beta === undefined ? { RANK: rank } : { RANK: rank, BETA: beta });
}

/** y = f(a, b) with the operands walked as `shape` says. `beta` belongs to `smoothDifference`. */
export function binaryForward(
  gpu: Gpu,
  name: BinaryName,
  { a, b, y, shape, beta }: { a: GpuBuffer; b: GpuBuffer; y: GpuBuffer; shape: Broadcast; beta?: number | undefined },
): void {
  gpu.dispatch(specialised(forward[name], shape.rank, beta), {
    buffers: { a, b, y },
    sizes: shape.sizes,
    workgroups: linearWorkgroups(shape.n, 256),
    work: { bytes: a.bytes + b.bytes + 4 * shape.n },
  });
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
  gpu.dispatch(specialised(gradients[operand][name], shape.rank, beta), {
    buffers: { a, b, gy, g },
    sizes: shape.sizes,
    workgroups: linearWorkgroups(shape.n, 256),
    work: { bytes: a.bytes + b.bytes + 8 * shape.n },
  });
}

/** y[n] = a[n] + b[n]. */
export function addForward(gpu: Gpu, { a, b, y, n }: { a: GpuBuffer; b: GpuBuffer; y: GpuBuffer; n: number }): void {
  binaryForward(gpu, 'add', { a, b, y, shape: broadcast([n], [n], [n]) });
}
