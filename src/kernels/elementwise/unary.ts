import { type Constants, defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import kept from './kept.wgsl';
import log1p from './log1p.wgsl';
import logarithm from './logarithm.wgsl';
import normal from './normal.wgsl';
import forwardSource from './unary.wgsl';
import backwardSource from './unary_backward.wgsl';

interface Function {
  /** WGSL expressions of vec4s x and, for the derivative, y = f(x); constants in capitals. */
  value: string;
  derivative: string;
  /** WGSL functions that they call. */
  calls?: string;
}

/** Value and derivative of each function of one number; the value of NaN is NaN, whatever they make of it. tanh is 1 to the last bit beyond 15, where some drivers' own overflows. */
const FUNCTIONS = {
  neg: { value: '-x', derivative: 'Value(-1.0)' },
  abs: { value: 'abs(x)', derivative: 'sign(x)' },
  square: { value: 'x * x', derivative: '2.0 * x' },
  sqrt: { value: 'sqrt(x)', derivative: '0.5 / y' },
  exp: { value: 'exp(x)', derivative: 'y' },
  log: { value: 'logarithm(x)', derivative: '1.0 / x', calls: logarithm },
  sigmoid: { value: '1.0 / (1.0 + exp(-x))', derivative: 'y * (1.0 - y)' },
  tanh: { value: 'tanh(clamp(x, Value(-15.0), Value(15.0)))', derivative: '1.0 - y * y' },
  softplus: {
    value: 'select((max(BETA * x, Value()) + log1p(exp(-abs(BETA * x)))) / BETA, x, BETA * x > Value(THRESHOLD))',
    derivative: 'kept(select(1.0 / (1.0 + exp(-BETA * x)), Value(1.0), BETA * x > Value(THRESHOLD)), x)',
    calls: log1p,
  },
  leakyRelu: {
    value: 'select(SLOPE * x, x, x > Value())',
    derivative: 'select(Value(SLOPE), Value(1.0), x > Value())',
  },
  gelu: { value: 'x * normal(x)', derivative: 'normal(x) + x * normal_density(x)', calls: normal },
  geluTanh: { value: 'x * logistic_normal(x)', derivative: 'logistic_gelu_slope(x)', calls: normal },
} as const satisfies Record<string, Function>;

export type UnaryName = keyof typeof FUNCTIONS;

const NAMES = Object.keys(FUNCTIONS) as UnaryName[];

const AHEAD = `alias Value = vec4<f32>; alias Bits = vec4u; ${kept}`;

const forward = new Map(
  NAMES.map((name) => {
    const { value, calls = '' }: Function = FUNCTIONS[name];
    const prelude = `${AHEAD} ${calls} fn f(x: Value) -> Value { return kept(${value}, x); }`;
    return [name, defineKernel({ name: `elementwise.${name}`, source: forwardSource, prelude })];
  }),
);
const backward = new Map(
  NAMES.map((name) => {
    const { derivative, calls = '' }: Function = FUNCTIONS[name];
    const prelude = `${AHEAD} ${calls} fn derivative(x: Value, y: Value) -> Value { return ${derivative}; }`;
    return [name, defineKernel({ name: `elementwise.${name}_backward`, source: backwardSource, prelude })];
  }),
);

/** y[n] = f(x[n]). `constants` are those that the function's expressions name. */
export function unaryForward(
  gpu: Gpu,
  name: UnaryName,
  { x, y, n, constants }: { x: GpuBuffer; y: GpuBuffer; n: number; constants?: Constants },
): void {
  const kernel = forward.get(name) as NonNullable<ReturnType<typeof forward.get>>;
  dispatchElements(gpu, kernel, { tensors: { x, y }, n, constants });
}

/** gx[n] = gy[n] · f'(x[n]). */
export function unaryBackward(
  gpu: Gpu,
  name: UnaryName,
  {
    x,
    y,
    gy,
    gx,
    n,
    constants,
  }: { x: GpuBuffer; y: GpuBuffer; gy: GpuBuffer; gx: GpuBuffer; n: number; constants?: Constants },
): void {
  const kernel = backward.get(name) as NonNullable<ReturnType<typeof backward.get>>;
  dispatchElements(gpu, kernel, { tensors: { x, y, gy, gx }, n, constants });
}
