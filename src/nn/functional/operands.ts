import type { GpuBuffer, ScalarType } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { forProduct, rounded } from '../autocast.ts';
import type { Tensor } from '../tensor.ts';
import { expectReal } from './expect.ts';

/** What goes into a layer's product: input, weight and bias in one type. */
export interface LayerOperands {
  x: Tensor;
  weight: GpuBuffer;
  bias: GpuBuffer | undefined;
  dtype: ScalarType;
  /** To be called when the operation is declared. */
  release(): void;
}

/**
 * Brings the operands of a layer to one type: that of the input, or f16 inside `autocast`. Weight and bias may be f32 where
 * the input is f16: they are rounded, and their gradients are f32.
 */
export function layerOperands(name: string, given: Tensor, weight: Tensor, bias: Tensor | undefined): LayerOperands {
  const x = forProduct(given);
  const dtype = expectReal(name, { x });
  for (const [part, tensor] of Object.entries({ weight, bias })) {
    if (!tensor) continue;
    expectReal(name, { [part]: tensor });
    if (tensor.gpu !== x.gpu) throw new UserError(`${name}: its tensors lie on different devices`);
    if (dtype === 'f32' && tensor.dtype === 'f16')
      throw new UserError(`${name}: ${part} holds f16 and x f32; convert one with to('f32') or to('f16')`);
  }
  const weights = rounded(weight, dtype);
  const biases = bias && rounded(bias, dtype);
  const release = () => {
    weights.release();
    biases?.release();
    if (x !== given) x.dispose();
  };
  return { x, weight: weights, bias: biases, dtype, release };
}
