import { type OnGpu, onGpu } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { keep } from '../scope.ts';
import { checkShape, formatShape, type Shape, sizeOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import type { Initialiser } from './initialise.ts';

/**
 * A tensor that is learned. It has no values until its network is initialised or loaded, so that neither is done in vain
 * and nothing is learned from undefined memory. It belongs to no scope.
 */
export class Parameter extends Tensor {
  /** What gives it first values, unless its module does that itself. */
  readonly initialiser: Initialiser | null;

  constructor(...given: OnGpu<[shape: Shape, initialiser?: Initialiser]>) {
    const [gpu, shape, initialiser = null] = onGpu(given);
    checkShape('parameter', shape);
    super(gpu, shape, null, 'f32', true);
    this.initialiser = initialiser;
    keep(this);
  }

  override write(data: Float32Array): void {
    if (this.disposed) this.place(this.gpu.alloc(sizeOf(this.shape) * 4, 'parameter'));
    super.write(data);
  }

  protected override missing(): never {
    throw new UserError(
      `a parameter of shape ${formatShape(this.shape)} has no values; call initialise(seed) or load(…) on its network first${this.initialiser ? '' : ' (for initialise, give it an initialiser, such as nn.initialisers.zeros)'}`,
    );
  }
}
