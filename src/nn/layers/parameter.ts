import type { Gpu } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { keep } from '../scope.ts';
import { checkShape, formatShape, type Shape, sizeOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/**
 * A tensor that is learned. It has no values until its network is initialised or loaded, so that neither is done in vain
 * and nothing is learned from undefined memory. It belongs to no scope.
 */
export class Parameter extends Tensor {
  constructor(gpu: Gpu, shape: Shape) {
    checkShape('parameter', shape);
    super(gpu, shape, null, 'f32', true);
    keep(this);
  }

  override write(data: Float32Array): void {
    if (this.disposed) this.place(this.gpu.alloc(sizeOf(this.shape) * 4, 'parameter'));
    super.write(data);
  }

  protected override missing(): never {
    throw new UserError(
      `a parameter of shape ${formatShape(this.shape)} has no values; call initialise(seed) or loadStateDict(…) on its network first`,
    );
  }
}
