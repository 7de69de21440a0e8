import { type SoftmaxOptions, softmaxBackward, softmaxForward } from '../../kernels/softmax/softmax.ts';
import { operation } from '../autograd.ts';
import { empty, type Tensor } from '../tensor.ts';
import { linesAlong } from './axes.ts';
import { expectReal } from './expect.ts';

type Variant = Omit<SoftmaxOptions, 'lines'>;

/** Softmax along axis `dim`, or its logarithm, or shares of attention. */
export function softmaxed(name: string, x: Tensor, dim: number, variant: Variant): Tensor {
  const dtype = expectReal(name, { x });
  const { gpu } = x;
  const lines = linesAlong(name, x.shape, dim);
  const y = empty(gpu, x.shape, name, dtype);
  const output = y.buffer;
  softmaxForward(gpu, { x: x.buffer, y: output, lines, ...variant });
  return operation(y, {
    name,
    inputs: [x],
    attributes: { axis: dim < 0 ? dim + x.shape.length : dim, causal: variant.attention?.queries !== undefined },
    saved: [output],
    backward(gy) {
      const gx = gpu.allocNumbers(y.size, `${name} gradient`, dtype);
      softmaxBackward(gpu, { y: output, gy, gx, lines, log: variant.log });
      return [gx];
    },
  });
}
