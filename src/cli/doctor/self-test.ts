/** A few kernels on inputs whose results are known, so that a driver that computes wrongly is found out at once. */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { conv2dForward, conv2dInputGradient, conv2dShape, conv2dWeightGradient } from '../../kernels/conv2d/conv2d.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { reduceSum } from '../../kernels/reduce/sum.ts';
import { reluForward } from '../../kernels/relu/relu.ts';
import { messageOf } from '../../util/errors.ts';
import { randomStream } from '../../util/random.ts';
import arithmeticSource from './arithmetic.wgsl';

export interface SelfTestResult {
  name: string;
  pass: boolean;
  detail: string;
  milliseconds: number;
}

type Outcome = Pick<SelfTestResult, 'pass' | 'detail'>;

const arithmeticKernel = defineKernel({ name: 'doctor.arithmetic', source: arithmeticSource });

/** Whole numbers from −4 to 4: sums and products of them are exact in f32. */
function wholeNumbers(purpose: string, n: number): Float32Array {
  const stream = randomStream(0, 'self-test', purpose);
  return Float32Array.from({ length: n }, () => stream.integer(9) - 4);
}

async function floats(gpu: Gpu, buffer: GpuBuffer): Promise<Float32Array> {
  const values = new Float32Array(await gpu.read(buffer));
  buffer.release();
  return values;
}

function countWrong(actual: Float32Array, expected: Float32Array): Outcome {
  const wrong = expected.reduce((count, value, i) => count + (actual[i] === value ? 0 : 1), 0);
  const total = expected.length.toLocaleString('en');
  return wrong === 0
    ? { pass: true, detail: `${total} values exact` }
    : { pass: false, detail: `${wrong} of ${total} values are wrong` };
}

/** WGSL allows exp 3 + 2|x| and log about 4 units in the last place on this range. */
const TOLERANCE = 2e-6;

async function arithmetic(gpu: Gpu): Promise<Outcome> {
  const n = 1000;
  const x = gpu.upload(Float32Array.from({ length: n }, (_, i) => 1 + i / 4096));
  const y = gpu.alloc(16 * n);
  gpu.dispatch(arithmeticKernel, { buffers: { x, y }, sizes: { n }, workgroups: linearWorkgroups(n, 64) });
  x.release();
  const results = await floats(gpu, y);
  const reference = [(v: number) => v * v - 1, Math.sqrt, Math.exp, Math.log];
  let worst = 0;
  let fused = true;
  for (const [row, of] of reference.entries()) {
    for (let i = 0; i < n; i++) {
      const expected = of(1 + i / 4096);
      const error = Math.abs((results[row * n + i] as number) - expected) / Math.max(1, Math.abs(expected));
      if (row === 0 && error !== 0) fused = false;
      worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    }
  }
  const detail = `fma ${fused ? 'is' : 'is not'} fused; largest error of fma, sqrt, exp, log ${worst.toExponential(1)}`;
  return { pass: worst <= TOLERANCE, detail };
}

async function relu(gpu: Gpu): Promise<Outcome> {
  const values = wholeNumbers('relu', 5000);
  const x = gpu.upload(values);
  const y = gpu.alloc(values.byteLength);
  reluForward(gpu, { x, y, n: values.length });
  x.release();
  return countWrong(
    await floats(gpu, y),
    values.map((value) => Math.max(value, 0)),
  );
}

async function sum(gpu: Gpu): Promise<Outcome> {
  const values = wholeNumbers('sum', 100_000);
  const x = gpu.upload(values);
  const y = gpu.alloc(4);
  reduceSum(gpu, { x, y, outer: 1, n: values.length, inner: 1 });
  x.release();
  const total = values.reduce((a, b) => a + b, 0);
  const result = countWrong((await floats(gpu, y)).subarray(0, 1), Float32Array.of(total));
  return { ...result, detail: result.pass ? `${values.length.toLocaleString('en')} terms, exact` : result.detail };
}

async function product(gpu: Gpu): Promise<Outcome> {
  const [rows, depth, columns] = [70, 130, 65] as const;
  const a = wholeNumbers('matmul left', rows * depth);
  const b = wholeNumbers('matmul right', depth * columns);
  const expected = new Float32Array(rows * columns).map((_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let total = 0;
    for (let k = 0; k < depth; k++) total += (a[row * depth + k] as number) * (b[k * columns + column] as number);
    return total;
  });
  const [left, right, y] = [gpu.upload(a), gpu.upload(b), gpu.alloc(expected.byteLength)];
  matmul(gpu, { left, right, y, rows, depth, columns });
  left.release();
  right.release();
  return countWrong(await floats(gpu, y), expected);
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((total, value, i) => total + value * (b[i] as number), 0);

/** Whole numbers make all sums exact, and then ⟨conv(x, w), g⟩ = ⟨x, g_x⟩ = ⟨w, g_w⟩ holds exactly. */
async function convolution(gpu: Gpu): Promise<Outcome> {
  const shape = conv2dShape({
    batch: 2,
    inChannels: 5,
    height: 13,
    width: 11,
    outChannels: 7,
    kernel: 3,
    stride: 2,
    padding: 1,
  });
  const values = {
    x: wholeNumbers('conv x', 2 * 5 * 13 * 11),
    weight: wholeNumbers('conv weight', 7 * 5 * 9),
    gy: wholeNumbers('conv gy', 2 * 7 * shape.outHeight * shape.outWidth),
  };
  const [x, weight, gy] = [gpu.upload(values.x), gpu.upload(values.weight), gpu.upload(values.gy)];
  const [y, gx, gweight] = [gpu.alloc(gy.bytes), gpu.alloc(x.bytes), gpu.alloc(weight.bytes)];
  conv2dForward(gpu, { x, weight, y, shape });
  conv2dInputGradient(gpu, { gy, weight, gx, shape });
  conv2dWeightGradient(gpu, { x, gy, gweight, shape });
  const first = dot(await floats(gpu, y), values.gy);
  const products = [first, dot(await floats(gpu, gx), values.x), dot(await floats(gpu, gweight), values.weight)];
  for (const buffer of [x, weight, gy]) buffer.release();
  const expected = dot(referenceConvolution(values.x, values.weight, shape), values.gy);
  const pass = products.every((value) => value === expected);
  return {
    pass,
    detail: pass
      ? 'forward and both gradients exact'
      : `⟨y,g⟩, ⟨x,gx⟩, ⟨w,gw⟩ are ${products.join(', ')} instead of ${expected}`,
  };
}

function referenceConvolution(
  x: Float32Array,
  weight: Float32Array,
  shape: ReturnType<typeof conv2dShape>,
): Float32Array {
  const { batch, inChannels, height, width, outChannels, outHeight, outWidth } = shape;
  const y = new Float32Array(batch * outChannels * outHeight * outWidth);
  for (let i = 0; i < y.length; i++) {
    const column = i % outWidth;
    const row = Math.floor(i / outWidth) % outHeight;
    const out = Math.floor(i / (outWidth * outHeight)) % outChannels;
    const sample = Math.floor(i / (outWidth * outHeight * outChannels));
    for (let tap = 0; tap < inChannels * 9; tap++) {
      const [channel, r, c] = [
        Math.floor(tap / 9),
        2 * row - 1 + (Math.floor(tap / 3) % 3),
        2 * column - 1 + (tap % 3),
      ];
      if (r < 0 || r >= height || c < 0 || c >= width) continue;
      const value = x[((sample * inChannels + channel) * height + r) * width + c] as number;
      y[i] = (y[i] as number) + value * (weight[out * inChannels * 9 + tap] as number);
    }
  }
  return y;
}

const TESTS: [string, (gpu: Gpu) => Promise<Outcome>][] = [
  ['arithmetic', arithmetic],
  ['relu', relu],
  ['sum', sum],
  ['matrix product', product],
  ['convolution', convolution],
];

/** Runs every check; one that throws has failed with its message. */
export async function selfTest(gpu: Gpu): Promise<SelfTestResult[]> {
  const results: SelfTestResult[] = [];
  for (const [name, run] of TESTS) {
    const start = performance.now();
    const outcome = await run(gpu).catch((error: unknown) => ({ pass: false, detail: messageOf(error) }));
    results.push({ name, ...outcome, milliseconds: Math.round(performance.now() - start) });
  }
  return results;
}
