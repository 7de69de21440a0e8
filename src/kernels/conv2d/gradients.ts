import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { batchSlices, sliceOf } from '../slices.ts';
import { suitsWinograd } from '../winograd/tiles.ts';
import { clearUnmet, conv2dInputGradient, inputGradientWalks } from './input-gradient.ts';
import { type Conv2dShape, pictureBytes } from './shape.ts';
import type { Forced } from './tile.ts';
import { conv2dWeightGradient, weightGradientSlice } from './weight-gradient.ts';

export interface Conv2dGradients extends Forced {
  x: GpuBuffer;
  weight: GpuBuffer;
  gy: GpuBuffer;
  /** Both overwritten. */
  gx: GpuBuffer;
  gweight: GpuBuffer;
  shape: Conv2dShape;
}

/** The gradients of input and weights at once: the same numbers as one after the other, with less packing. */
export function conv2dGradients(gpu: Gpu, pass: Conv2dGradients): void {
  const { x, weight, gy, gx, gweight, shape, tile, sliceBytes } = pass;
  const winograd =
    !tile &&
    (suitsWinograd(gpu.info.kind, shape, 'inputGradient') || suitsWinograd(gpu.info.kind, shape, 'weightGradient'));
  if (winograd || shape.batch === 0) {
    conv2dWeightGradient(gpu, pass);
    conv2dInputGradient(gpu, pass);
    return;
  }
  clearUnmet(gpu, gx, shape);
  const { xBytes, yBytes, largest } = pictureBytes(shape, x.scalar);
  for (const slice of batchSlices(shape.batch, [xBytes, yBytes], sliceBytes, largest)) {
    const [pictures, gradients] = [sliceOf(x, slice, shape.batch, xBytes), sliceOf(gy, slice, shape.batch, yBytes)];
    const y = sliceOf(gx, slice, shape.batch, xBytes);
    weightGradientSlice(gpu, {
      x: pictures,
      gy: gradients,
      gweight,
      shape: { ...shape, batch: slice.count },
      accumulate: slice.first > 0,
      tile,
      beside: { buffers: { x: gradients, weight, y }, sizes: inputGradientWalks(shape, slice.count) },
    });
  }
}
