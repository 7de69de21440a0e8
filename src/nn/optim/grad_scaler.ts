import { type Gpu, type OnGpu, onGpu } from '../../gpu/index.ts';
import { type BeginStep, beginStep, unscaleGradient, updateScale } from '../../kernels/loss_scale/loss_scale.ts';
import { UserError } from '../../util/errors.ts';
import type { StateDict } from '../layers/state.ts';
import { keep } from '../scope.ts';
import { empty, full, type Tensor } from '../tensor.ts';

/** Options of `GradScaler`. */
export interface GradScalerOptions {
  /** First scale; 2¹⁶ where left out. */
  initScale?: number;
  /** Factor after `growthInterval` steps without overflow; 2 where left out. */
  growthFactor?: number;
  /** Factor after an overflow; ½ where left out. */
  backoffFactor?: number;
  /** 2000 where left out. */
  growthInterval?: number;
}

/** Words of the device's state: 1 / scale, steps since the last change, skipped steps, overflow. */
const [INVERSE, STREAK, SKIPPED, WORDS] = [0, 1, 2, 4];

/**
 * Dynamic loss scaling, as torch.amp.GradScaler: gradients of f16 activations are kept from underflow by a factor on the
 * loss, and a step whose gradients overflow is skipped and makes the factor smaller. All of it happens on the device. A
 * scaler belongs to one optimiser, which does the rest:
 *
 *   const scaler = new optim.GradScaler();
 *   const optimizer = new optim.AdamW(net.namedParameters(), { scaler });
 *   …
 *   const loss = nn.autocast(() => nn.functional.mseLoss(net.forward(x), y));
 *   loss.backward(scaler.scale);
 *   optimizer.step();
 *
 * Between `backward` and `step` gradients are larger by the factor; an optimiser's `clipNorm` is applied to true ones.
 */
export class GradScaler {
  /** The factor, a tensor of one element: the gradient to begin `backward` with. */
  readonly scale: Tensor;
  readonly #gpu: Gpu;
  readonly #options: Required<GradScalerOptions>;
  readonly #state: Tensor;

  constructor(...given: OnGpu<[options?: GradScalerOptions]>) {
    const [gpu, options = {}] = onGpu(given);
    const { initScale = 2 ** 16, growthFactor = 2, backoffFactor = 0.5, growthInterval = 2000 } = options;
    this.#options = { initScale, growthFactor, backoffFactor, growthInterval };
    for (const [name, value, valid] of [
      ['initScale', initScale, initScale > 0 && Number.isFinite(Math.fround(initScale))],
      ['growthFactor', growthFactor, growthFactor > 1 && growthFactor < Infinity],
      ['backoffFactor', backoffFactor, backoffFactor > 0 && backoffFactor < 1],
      ['growthInterval', growthInterval, Number.isInteger(growthInterval) && growthInterval >= 1],
    ] as const) {
      if (!valid) throw new UserError(`GradScaler: ${name} is ${value}, which is out of its range`);
    }
    this.#gpu = gpu;
    this.scale = keep(full(gpu, [], initScale));
    this.#state = keep(empty(gpu, [WORDS], 'loss scale state', 'u32'));
    this.#write(initScale, 0, 0);
  }

  #write(scale: number, streak: number, skipped: number): void {
    this.scale.write(new Float32Array([scale]));
    const words = new Uint32Array(WORDS);
    new Float32Array(words.buffer)[INVERSE] = 1 / scale;
    words[STREAK] = streak;
    words[SKIPPED] = skipped;
    this.#state.write(words);
  }

  /** Divides gradients by the scale and notes whether one of them is infinite or no number. Called by the optimiser. */
  unscale(gradients: readonly Tensor[]): void {
    for (const { buffer: grad, size: n } of gradients)
      unscaleGradient(this.#gpu, { grad, n, state: this.#state.buffer });
  }

  /** Tells the optimiser's scalars whether to skip the step. Called by the optimiser. */
  begin(step: Omit<BeginStep, 'state'>): void {
    beginStep(this.#gpu, { ...step, state: this.#state.buffer });
  }

  /** Adapts the scale after a step. Called by the optimiser. */
  update(): void {
    const { growthFactor: growth, backoffFactor: backoff, growthInterval: interval } = this.#options;
    updateScale(this.#gpu, { scale: this.scale.buffer, state: this.#state.buffer, growth, backoff, interval });
  }

  /** Steps that were skipped because of an overflow, read back. */
  async skipped(): Promise<number> {
    return (await this.#state.toArray<Uint32Array>())[SKIPPED] as number;
  }

  /** `scale`, `growth_tracker` (as in torch) and `skipped`, read back. */
  async stateDict(): Promise<StateDict> {
    const [scale, words] = await Promise.all([this.scale.toArray(), this.#state.toArray<Uint32Array>()]);
    const number = (value: number) => ({ shape: [], data: new Float32Array([value]) });
    return new Map([
      ['scale', { shape: [], data: scale }],
      ['growth_tracker', number(words[STREAK] as number)],
      ['skipped', number(words[SKIPPED] as number)],
    ]);
  }

  /** Continues from a saved state. Throws UserError, changing nothing, where it is incomplete. */
  loadStateDict(state: StateDict): void {
    const [scale, streak, skipped] = ['scale', 'growth_tracker', 'skipped'].map((name) => {
      const value = state.get(name)?.data[0];
      if (value === undefined) throw new UserError(`the loss scale's state lacks "${name}"`);
      return value;
    }) as [number, number, number];
    this.#write(scale, streak, skipped);
  }

  /** Gives back the memory. */
  dispose(): void {
    this.scale.dispose();
    this.#state.dispose();
  }
}
