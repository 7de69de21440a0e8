import { type BufferView, defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { dispatchElements, turnsOf, vec4s } from '../elements.ts';
import source from './step.wgsl';
import threeSource from './three-steps.wgsl';
import prelude from './update.wgsl';

const kernel = defineKernel({ name: 'adam.step', source, prelude });
const threeKernel = defineKernel({ name: 'adam.step', source: threeSource, prelude });

/** Buffers that the update of three parameters binds. */
const THREE_BUFFERS = 13;

/** What one step does to one group of parameters; `step` counts from 1. */
export interface AdamScalars {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  /** Added to the gradient, as a share of the parameter. */
  coupledDecay: number;
  /** Share of the rate by which parameters shrink. */
  decoupledDecay: number;
  /** Whether the objective is to grow. */
  maximize: boolean;
  step: number;
}

/** Numbers of a group, in the order of the kernel's struct. */
export function adamScalars(options: AdamScalars): number[] {
  const [beta1, beta2] = options.betas;
  return [
    1 - options.lr * options.decoupledDecay,
    options.coupledDecay,
    options.lr / (1 - beta1 ** options.step),
    Math.sqrt(1 - beta2 ** options.step),
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    options.eps,
    options.maximize ? -1 : 1,
  ];
}

export interface AdamStep {
  /** [n], updated in place like both averages */
  param: GpuBuffer;
  grad: GpuBuffer;
  average: GpuBuffer;
  averageSq: GpuBuffer;
  group: number;
  n: number;
}

/**
 * One update of each of some parameters.
 * @param scalars factor of all gradients, their norm, whether the step is skipped, then `adamScalars` of each group
 */
export function adamSteps(gpu: Gpu, steps: readonly AdamStep[], scalars: GpuBuffer): void {
  const several = gpu.limits.maxStorageBuffersPerShaderStage >= THREE_BUFFERS;
  const whole = (step: AdamStep) => several && step.n > 0 && 4 * step.n <= gpu.bindingBytes;
  const bound = steps.filter(whole);
  for (let i = 0; i < bound.length; i += 3) threeSteps(gpu, bound.slice(i, i + 3), scalars);
  for (const step of steps) if (!whole(step)) adamStep(gpu, step, scalars);
}

function adamStep(gpu: Gpu, { param, grad, average, averageSq, group, n }: AdamStep, scalars: GpuBuffer): void {
  dispatchElements(gpu, kernel, {
    tensors: { grad, param, average, average_sq: averageSq },
    others: { scalars },
    n,
    sizes: { group },
    flops: FLOPS,
    bytes: BYTES,
  });
}

/** What the profiler counts for an element. */
const FLOPS = 14;
const BYTES = 28;

/** Up to three parameters, each bound whole; scratch memory stands for those that are missing. */
function threeSteps(gpu: Gpu, steps: readonly AdamStep[], scalars: GpuBuffer): void {
  const TURNS = turnsOf(gpu);
  const unused = Array.from({ length: 4 * (3 - steps.length) }, () => gpu.alloc(16, 'no parameter'));
  const buffers: Record<string, BufferView | GpuBuffer> = { scalars };
  const sizes: Record<string, number> = {};
  let [end, total] = [0, 0];
  ['a', 'b', 'c'].forEach((name, i) => {
    const step = steps[i];
    const n = step?.n ?? 0;
    const given = step
      ? [step.grad, step.param, step.average, step.averageSq]
      : unused.slice(4 * (i - steps.length), 4 * (i - steps.length + 1));
    ['grad', 'param', 'average', 'average_sq'].forEach((tensor, k) => {
      buffers[`${tensor}_${name}`] = vec4s(given[k] as GpuBuffer, 0, n);
    });
    end += Math.ceil(n / (256 * TURNS));
    total += n;
    sizes[`n_${name}`] = n;
    sizes[`end_${name}`] = end;
    sizes[`group_${name}`] = step?.group ?? 0;
  });
  gpu.dispatch(threeKernel.with({ TURNS }), {
    buffers,
    sizes,
    workgroups: linearWorkgroups(end, 1),
    work: { flops: FLOPS * total, bytes: BYTES * total },
  });
  for (const buffer of unused) buffer.release();
}
