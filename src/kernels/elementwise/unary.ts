import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import forwardSource from './unary.wgsl';
import backwardSource from './unary_backward.wgsl';

/**
 * Value and derivative of each function of one number, as WGSL expressions of vec4s x and, for the derivative, y = f(x).
 * tanh is 1 to the last bit beyond 15, where some drivers' own overflows.
 */
const FUNCTIONS = {
  neg: { value: '-x', derivative: 'Value(-1.0)' },
  abs: { value: 'abs(x)', derivative: 'sign(x)' },
  square: { value: 'x * x', derivative: '2.0 * x' },
  sqrt: { value: 'sqrt(x)', derivative: '0.5 / y' },
  exp: { value: 'exp(x)', derivative: 'y' },
  log: { value: 'log(x)', derivative: '1.0 / x' },
  sigmoid: { value: '1.0 / (1.0 + exp(-x))', derivative: 'y * (1.0 - y)' },
  tanh: { value: 'tanh(clamp(x, Value(-15.0), Value(15.0)))', derivative: '1.0 - y * y' },
  softplus: { value: 'max(x, Value(0.0)) + log(1.0 + exp(-abs(x)))', derivative: '1.0 / (1.0 + exp(-x))' },
} as const;

export type UnaryName = keyof typeof FUNCTIONS;

const NAMES = Object.keys(FUNCTIONS) as UnaryName[];

const VALUE = 'alias Value = vec4<f32>;';

const forward = new Map(
  NAMES.map((name) => {
    const prelude = `${VALUE} fn f(x: Value) -> Value { return ${FUNCTIONS[name].value}; }`;
    return [name, defineKernel({ name: `elementwise.${name}`, source: forwardSource, prelude })];
  }),
);
const backward = new Map(
  NAMES.map((name) => {
    const prelude = `${VALUE} fn derivative(x: Value, y: Value) -> Value { return ${FUNCTIONS[name].derivative}; }`;
    return [name, defineKernel({ name: `elementwise.${name}_backward`, source: backwardSource, prelude })];
  }),
);

/** y[n] = f(x[n]). */
export function unaryForward(gpu: Gpu, name: UnaryName, { x, y, n }: { x: GpuBuffer; y: GpuBuffer; n: number }): void {
  const kernel = forward.get(name) as NonNullable<ReturnType<typeof forward.get>>;
  gpu.dispatch(kernel, {
    buffers: { x: asVec4(x), y: asVec4(y) },
    sizes: { n },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 8 * n },
  });
}

/** gx[n] = gy[n] · f'(x[n]). */
export function unaryBackward(
  gpu: Gpu,
  name: UnaryName,
  { x, y, gy, gx, n }: { x: GpuBuffer; y: GpuBuffer; gy: GpuBuffer; gx: GpuBuffer; n: number },
): void {
  const kernel = backward.get(name) as NonNullable<ReturnType<typeof backward.get>>;
  const buffers = { x: asVec4(x), y: asVec4(y), gy: asVec4(gy), gx: asVec4(gx) };
  gpu.dispatch(kernel, { buffers, sizes: { n }, workgroups: linearWorkgroups(n, 256), work: { bytes: 16 * n } });
}
