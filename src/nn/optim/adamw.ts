import type { Gpu } from '../../gpu/index.ts';
import { adamwStep } from '../../kernels/adamw/adamw.ts';
import { clipFactor } from '../../kernels/clip_norm/clip_norm.ts';
import { UserError } from '../../util/errors.ts';
import type { Parameter } from '../layers/parameter.ts';
import type { StateDict } from '../layers/state.ts';
import { keep } from '../scope.ts';
import { formatShape, sameShape } from '../shape.ts';
import { empty, full, type Tensor } from '../tensor.ts';

export interface AdamWOptions {
  /** Learning rate; 1e-3 where left out. May be changed between steps. */
  lr?: number;
  betas?: readonly [number, number];
  eps?: number;
  /** Share of the rate by which parameters shrink in every step; 0.01 where left out. */
  weightDecay?: number;
  /** Largest norm of all gradients together: longer ones are scaled down to it, as torch's clip_grad_norm_. None where left out. */
  clipNorm?: number;
}

interface Slot {
  parameter: Parameter;
  average: Tensor;
  averageSq: Tensor;
}

/**
 * AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019), as torch.optim.AdamW.
 *
 * `step()` is `advance()` (the step's scalars, written into a small buffer) and `apply()` (dispatches only). A step that is
 * recorded contains `apply()`; `advance()` runs before each replay.
 */
export class AdamW {
  /** Learning rate of the next step. */
  lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly clipNorm: number | null;
  readonly #gpu: Gpu;
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #scalars: Tensor;
  #steps = 0;

  /** Takes `network.namedParameters()`. All parameters have values already. */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamWOptions = {}) {
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0.01 } = options;
    for (const [name, value, end] of [
      ['lr', lr, Infinity],
      ['beta1', betas[0], 1],
      ['beta2', betas[1], 1],
      ['eps', eps, Infinity],
      ['weightDecay', weightDecay, Infinity],
    ] as const) {
      if (!(value >= 0 && value < end))
        throw new UserError(`AdamW: ${name} is ${value}; it must be from 0 to below ${end}`);
    }
    const { clipNorm = null } = options;
    if (clipNorm !== null && !(clipNorm > 0 && clipNorm < Infinity))
      throw new UserError(`AdamW: clipNorm is ${clipNorm}; it must be above 0`);
    const [first] = parameters.values();
    if (!first) throw new UserError('AdamW: there are no parameters to optimise');
    this.lr = lr;
    this.betas = betas;
    this.eps = eps;
    this.weightDecay = weightDecay;
    this.clipNorm = clipNorm;
    this.#gpu = first.gpu;
    this.#scalars = keep(empty(first.gpu, [4], 'adamw scalars'));
    const zeros = (parameter: Parameter) => keep(full(first.gpu, parameter.shape, 0));
    this.#slots = new Map(
      [...parameters].map(([name, parameter]) => [
        name,
        { parameter, average: zeros(parameter), averageSq: zeros(parameter) },
      ]),
    );
  }

  /** Steps done. */
  get steps(): number {
    return this.#steps;
  }

  /** Updates every parameter that has a gradient. */
  step(): void {
    this.advance();
    this.apply();
  }

  /** Counts the step and writes its scalars for the device. */
  advance(): void {
    this.#steps++;
    const [beta1, beta2] = this.betas;
    const decay = 1 - this.lr * this.weightDecay;
    const stepSize = this.lr / (1 - beta1 ** this.#steps);
    const correction = Math.sqrt(1 - beta2 ** this.#steps);
    this.#scalars.write(new Float32Array([decay, stepSize, correction, 1]));
  }

  /** Queues the updates with the scalars that `advance` wrote last. */
  apply(): void {
    const { betas, eps } = this;
    if (this.clipNorm !== null) this.#clip(this.clipNorm);
    for (const { parameter, average, averageSq } of this.#slots.values()) {
      if (!parameter.grad) continue;
      adamwStep(this.#gpu, {
        param: parameter.buffer,
        grad: parameter.grad.buffer,
        average: average.buffer,
        averageSq: averageSq.buffer,
        scalars: this.#scalars.buffer,
        n: parameter.size,
        betas,
        eps,
      });
    }
  }

  #clip(largest: number): void {
    const gradients = [...this.#slots.values()].flatMap(({ parameter: { grad, size } }) =>
      grad ? [{ grad: grad.buffer, n: size }] : [],
    );
    clipFactor(this.#gpu, gradients, largest, this.#scalars.buffer);
  }

  /** Drops the gradients of all parameters. */
  zeroGrad(): void {
    for (const { parameter } of this.#slots.values()) parameter.zeroGrad();
  }

  /** `step`, and `exp_avg.NAME` and `exp_avg_sq.NAME` of every parameter, read back. */
  async stateDict(): Promise<StateDict> {
    const state: StateDict = new Map([['step', { shape: [], data: new Float32Array([this.#steps]) }]]);
    const reads = [...this.#tensors()].map(
      async ([name, tensor]) => [name, { shape: tensor.shape, data: await tensor.toArray() }] as const,
    );
    for (const [name, values] of await Promise.all(reads)) state.set(name, values);
    return state;
  }

  /** Continues from a saved state. Throws UserError, changing nothing, unless it belongs to these parameters. */
  loadStateDict(state: StateDict): void {
    const tensors = this.#tensors();
    const steps = state.get('step')?.data[0];
    if (steps === undefined) throw new UserError('the optimiser state has no "step"');
    for (const name of state.keys()) {
      if (name !== 'step' && !tensors.has(name))
        throw new UserError(`the optimiser state holds "${name}", which belongs to no parameter`);
    }
    for (const [name, tensor] of tensors) {
      const shape = state.get(name)?.shape;
      if (!shape) throw new UserError(`the optimiser state lacks "${name}"`);
      if (!sameShape(shape, tensor.shape))
        throw new UserError(
          `the optimiser state's "${name}" is ${formatShape(shape)}; it must be ${formatShape(tensor.shape)}`,
        );
    }
    this.#steps = steps;
    for (const [name, tensor] of tensors) tensor.write(state.get(name)?.data as Float32Array);
  }

  /** Gives back the memory of the state. */
  dispose(): void {
    this.#scalars.dispose();
    for (const tensor of this.#tensors().values()) tensor.dispose();
  }

  #tensors(): Map<string, Tensor> {
    const entries = [...this.#slots].flatMap(([name, { average, averageSq }]): [string, Tensor][] => [
      [`exp_avg.${name}`, average],
      [`exp_avg_sq.${name}`, averageSq],
    ]);
    return new Map(entries);
  }
}
