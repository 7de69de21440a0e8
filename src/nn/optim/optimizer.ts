import type { Gpu } from '../../gpu/index.ts';
import { clipFactor } from '../../kernels/clip_gradients/clip_gradients.ts';
import { UserError } from '../../util/errors.ts';
import type { StateDict } from '../layers/state.ts';
import { keep } from '../scope.ts';
import { formatShape, sameShape } from '../shape.ts';
import { empty, full, type Tensor } from '../tensor.ts';
import type { GradScaler } from './grad_scaler.ts';
import { type Group, groupsOf, type Optimised } from './groups.ts';

/** Options that every optimiser has. */
export interface CommonOptions {
  /** Learning rate. May be changed between steps, like all options of a group. */
  lr: number;
  weightDecay: number;
  /** Whether the objective is to grow instead of shrink. */
  maximize: boolean;
}

/** Options for all groups together. */
export interface StepOptions {
  /**
   * Largest norm of all gradients together: longer ones are scaled down to it within the update, as
   * torch.nn.utils.clip_grad_norm_ does before it. None where left out.
   */
  clipNorm?: number | undefined;
  /** Where the loss was scaled for gradients in f16: they are unscaled first, and a step that overflowed is skipped. */
  scaler?: GradScaler | undefined;
}

/** One parameter with what the rule keeps of it from step to step. */
export interface Slot {
  name: string;
  parameter: Tensor;
  /** Index of its group. */
  group: number;
  /** Tensors of the parameter's shape by their names in the state dict, zeros at first. */
  state: Readonly<Record<string, Tensor>>;
}

/** A parameter that has a gradient. */
export interface Due<Options> {
  slot: Slot;
  grad: Tensor;
  options: Options;
}

/** What sets one optimiser apart from another. */
export interface UpdateRule<Options extends CommonOptions> {
  /** Shown in errors. */
  name: string;
  defaults: Options;
  /** Numbers that must be from 0 to below an end, by name. */
  ranges(options: Options): [name: string, value: number, end: number][];
  /** What is kept of each parameter. */
  stateNames(options: Options): readonly string[];
  /** What a group's updates need to know in a step (counted from 1), always the same count of numbers. */
  scalars(options: Options, step: number): number[];
  /** Queues the updates of parameters; `scalars` holds three common numbers (`COMMON`) and all groups'. */
  update(due: readonly Due<Options>[], scalars: Tensor): void;
  /** The momentum, or what amounts to it, for schedules that move it. */
  momentum(options: Options): number;
  setMomentum(options: Options, value: number): void;
}

/** Numbers ahead of those of the groups: factor of all gradients, their norm, whether the step is skipped. */
const COMMON = 3;
/** Skipped steps that are left out of the count exactly; by then the count changes nothing any more. */
const SKIPPED = 32;

/**
 * Changes parameters by their gradients. `step()` is `advance()`, which counts the step and writes a few numbers for the
 * device, and `apply()`, which only queues dispatches: a step that is recorded contains `apply()`, and `advance()` runs
 * before each replay.
 *
 * Gradients sum up until `zeroGrad()`: several `backward()` before one `step()` act as one on the larger batch, if each loss
 * is divided by their number.
 *
 * Steps are counted for all parameters together, whichever had a gradient.
 */
export abstract class Optimizer<Options extends CommonOptions = CommonOptions> {
  /** Groups of parameters with their options; `groups[1].lr = 1e-4` holds from the next step on. */
  readonly groups: readonly Group<Options>[];
  readonly clipNorm: number | null;
  readonly scaler: GradScaler | null;
  readonly #rule: UpdateRule<Options>;
  readonly #gpu: Gpu;
  readonly #slots: readonly Slot[];
  readonly #scalars: Tensor;
  /** With a scaler: the groups' numbers of this step, and of the steps that it is if some were skipped before. */
  readonly #table: Tensor | null;
  #steps = 0;

  protected constructor(
    rule: UpdateRule<Options>,
    parameters: Optimised<Options>,
    { clipNorm, scaler, ...options }: Partial<Options> & StepOptions,
  ) {
    this.#rule = rule;
    this.groups = groupsOf(rule.name, parameters, options as Partial<Options>, rule.defaults);
    for (const group of this.groups) this.#check(group);
    if (clipNorm !== undefined && !(clipNorm > 0 && clipNorm < Infinity))
      throw new UserError(`${rule.name}: clipNorm is ${clipNorm}; it must be above 0`);
    this.clipNorm = clipNorm ?? null;
    const [first] = this.groups.flatMap((group) => [...group.parameters.values()]);
    if (!first) throw new UserError(`${rule.name}: there are no parameters to optimise`);
    this.#gpu = first.gpu;
    this.#slots = this.groups.flatMap((group, index) => this.#slotsOf(group, index));
    const numbers = this.#numbers(1).length;
    this.#scalars = keep(empty(first.gpu, [COMMON + numbers], 'optimiser scalars'));
    this.scaler = scaler ?? null;
    this.#table = scaler ? keep(empty(first.gpu, [SKIPPED, numbers], 'optimiser table')) : null;
  }

  #slotsOf(group: Group<Options>, index: number): Slot[] {
    const names = this.#rule.stateNames(group);
    return [...group.parameters].map(([name, parameter]) => {
      if (parameter.gpu !== this.#gpu)
        throw new UserError(`${this.#rule.name}: parameter "${name}" lies on another device than the first`);
      const zeros = () => keep(full(parameter.gpu, parameter.shape, 0));
      return { name, parameter, group: index, state: Object.fromEntries(names.map((each) => [each, zeros()])) };
    });
  }

  #check(options: Options): void {
    const all: [string, number, number][] = [
      ['lr', options.lr, Infinity],
      ['weightDecay', options.weightDecay, Infinity],
      ...this.#rule.ranges(options),
    ];
    for (const [name, value, end] of all) {
      if (!(value >= 0 && value < end))
        throw new UserError(`${this.#rule.name}: ${name} is ${value}; it must be from 0 to below ${end}`);
    }
  }

  #numbers(step: number): number[] {
    return this.groups.flatMap((group) => this.#rule.scalars(group, step));
  }

  /** Steps done, those that a scaler skipped included. */
  get steps(): number {
    return this.#steps;
  }

  /** Learning rate of the first group; setting it sets that of all groups. */
  get lr(): number {
    return (this.groups[0] as Group<Options>).lr;
  }

  set lr(value: number) {
    for (const group of this.groups) group.lr = value;
  }

  /** Momentum of the group with this index (beta1 of Adam), for schedules that move it. */
  momentum(group: number): number {
    return this.#rule.momentum(this.groups[group] as Group<Options>);
  }

  /** Sets the momentum of the group with this index. */
  setMomentum(group: number, value: number): void {
    this.#rule.setMomentum(this.groups[group] as Group<Options>, value);
  }

  /** Updates every parameter that has a gradient. Throws UserError where none has. */
  step(): void {
    this.advance();
    this.apply();
  }

  /** Counts the step and writes its numbers for the device. Throws UserError where a group's options are out of range. */
  advance(): void {
    if (this.#gpu.isRecording)
      throw new UserError(
        `${this.#rule.name}: step() and advance() do not belong into a recording, which would repeat one step's number and rate; record apply(), and call advance() before each replay`,
      );
    for (const group of this.groups) this.#check(group);
    this.#steps++;
    this.#scalars.write(new Float32Array([1, 0, 0, ...this.#numbers(this.#steps)]));
    if (!this.#table) return;
    const counts = Array.from({ length: SKIPPED }, (_, skipped) => Math.max(1, this.#steps - skipped));
    this.#table.write(new Float32Array(counts.flatMap((step) => this.#numbers(step))));
  }

  /** Queues the updates with the numbers that `advance` wrote last. Throws UserError where no parameter has a gradient. */
  apply(): void {
    const due = this.#slots.filter(({ parameter }) => parameter.grad);
    if (due.length === 0)
      throw new UserError(
        `${this.#rule.name}: none of the ${this.#slots.length} parameters has a gradient; call backward() on the loss before the step`,
      );
    const { scaler } = this;
    scaler?.unscale(due.map(({ parameter }) => parameter.grad as Tensor));
    if (scaler && this.#table) {
      const [rows, numbers] = this.#table.shape as [number, number];
      scaler.begin({ table: this.#table.buffer, rows, numbers, scalars: this.#scalars.buffer });
    }
    if (this.clipNorm !== null) {
      const gradients = due.map(({ parameter: { grad, size } }) => ({ grad: (grad as Tensor).buffer, n: size }));
      clipFactor(this.#gpu, gradients, this.clipNorm, this.#scalars.buffer);
    }
    const updates = due.map((slot) => ({
      slot,
      grad: slot.parameter.grad as Tensor,
      options: this.groups[slot.group] as Group<Options>,
    }));
    this.#rule.update(updates, this.#scalars);
    for (const { slot } of updates) slot.parameter.buffer.changed();
    scaler?.update();
  }

  /** Drops the gradients of all parameters. */
  zeroGrad(): void {
    for (const { parameter } of this.#slots) parameter.zeroGrad();
  }

  /**
   * `step`, and what is kept of each parameter as `exp_avg.NAME` and the like, read back. Options are no part of it: they
   * are what the program says.
   */
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
    this.#table?.dispose();
    for (const tensor of this.#tensors().values()) tensor.dispose();
  }

  #tensors(): Map<string, Tensor> {
    const names = new Set(this.#slots.flatMap(({ state }) => Object.keys(state)));
    const entries = [...names].flatMap((kind) =>
      this.#slots.flatMap(({ name, state }): [string, Tensor][] => {
        const tensor = state[kind];
        return tensor ? [[`${kind}.${name}`, tensor]] : [];
      }),
    );
    return new Map(entries);
  }
}
