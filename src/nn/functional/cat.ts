import { catBackward, catForward, type Piece } from '../../kernels/cat/cat.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { axisOf, formatShape, sameShape, sizeOf } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectReal } from './expect.ts';

/** Tensors one after another along an axis, as torch.cat; all other axes have the same sizes. */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  const [first] = tensors;
  if (!first) throw new UserError('cat: there are no tensors to join');
  const dtype = expectReal('cat', Object.fromEntries(tensors.map((tensor, i) => [`tensor ${i}`, tensor])));
  const axis = axisOf('cat', dim, first.shape.length);
  for (const [i, { shape }] of tensors.entries()) {
    if (shape.length !== first.shape.length || !sameShape(shape.with(axis, 0), first.shape.with(axis, 0)))
      throw new UserError(
        `cat: tensor ${i} has shape ${formatShape(shape)}, tensor 0 ${formatShape(first.shape)}; they may differ in axis ${axis} alone`,
      );
  }
  const { gpu } = first;
  const joined = tensors.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);
  const shape = first.shape.with(axis, joined);
  const y = empty(gpu, shape, 'cat', dtype);
  const pieces = piecesOf(tensors, axis, joined);
  tensors.forEach((tensor, i) => {
    catForward(gpu, { x: tensor.buffer, y: y.buffer, piece: pieces[i] as Piece });
  });
  return operation(y, {
    name: 'cat',
    inputs: tensors,
    attributes: { axis },
    backward: (gy) =>
      tensors.map((tensor, i) => {
        if (!tensor.requiresGrad) return null;
        const gx = gpu.allocNumbers(tensor.size, 'cat gradient', dtype);
        catBackward(gpu, { gy, gx, piece: pieces[i] as Piece });
        return gx;
      }),
  });
}

function piecesOf(tensors: readonly Tensor[], axis: number, joined: number): Piece[] {
  let start = 0;
  return tensors.map(({ shape }) => {
    const inner = sizeOf(shape.slice(axis + 1));
    const run = (shape[axis] as number) * inner;
    const piece = { rows: sizeOf(shape.slice(0, axis)), run, row: joined * inner, start };
    start += run;
    return piece;
  });
}
