import { type OnGpu, onGpu } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { dropout } from '../functional/dropout.ts';
import { keep } from '../scope.ts';
import { empty, type Tensor } from '../tensor.ts';
import { Module, type RandomOf } from './module.ts';

/**
 * In training, sets the share `p` of elements to 0 and divides the others by 1 − p; in use, gives back its input. The masks
 * follow from the seed (`initialise` or `seedDropout` of the network), the layer's full name and the number of the pass.
 */
export class Dropout extends Module {
  readonly p: number;
  readonly #state: Tensor;
  #seeded = false;

  /** @param p share that is dropped; 0.5 where left out */
  constructor(...given: OnGpu<[p?: number]>) {
    super();
    const [gpu, p = 0.5] = onGpu(given);
    if (!(p >= 0 && p <= 1)) throw new UserError(`Dropout: p is ${p}; it must be from 0 to 1`);
    this.p = p;
    this.#state = keep(empty(gpu, [3], 'dropout state', 'u32'));
  }

  override resetMasks(random: RandomOf, pass: number): void {
    const stream = random('mask');
    this.#state.write(Uint32Array.of(stream.word(), stream.word(), pass));
    this.#seeded = true;
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    if (!this.#seeded)
      throw new UserError(
        'Dropout has no seed yet; call initialise(seed) or seedDropout(seed) on its network before training, or eval() for use',
      );
    return dropout(x, { p: this.p, state: this.#state });
  }

  override disposeOwn(): void {
    super.disposeOwn();
    this.#state.dispose();
  }
}
