import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { dilatedConstants, type Pool2dShape, poolPlanes, poolSizes } from '../pooling.ts';
import { inRows, workOn } from '../slices.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';

const forward = defineKernel({ name: 'max_pool2d.forward', source: forwardSource });
const backward = defineKernel({ name: 'max_pool2d.backward', source: backwardSource });

/** y [planes, outHeight, outWidth]: maxima; index, likewise, i32: their places. */
export function maxPool2dForward(
  gpu: Gpu,
  { x, y, index, shape }: { x: GpuBuffer; y: GpuBuffer; index: GpuBuffer; shape: Pool2dShape },
): void {
  const { inputs, outputs } = poolPlanes(shape);
  const tensors = {
    x: { buffer: x, row: inputs },
    y: { buffer: y, row: outputs },
    index: { buffer: index, row: outputs },
  };
  for (const { buffers, count } of inRows(gpu, shape.planes, tensors)) {
    gpu.dispatch(forward.with(dilatedConstants(shape)), {
      buffers,
      sizes: { n: count * outputs, ...poolSizes(shape) },
      workgroups: linearWorkgroups(count * outputs, 64),
      work: workOn(buffers),
    });
  }
}

/** gx [planes, height, width]: each output's gradient at the place of its maximum. */
export function maxPool2dBackward(
  gpu: Gpu,
  { gy, index, gx, shape }: { gy: GpuBuffer; index: GpuBuffer; gx: GpuBuffer; shape: Pool2dShape },
): void {
  const { inputs, outputs } = poolPlanes(shape);
  const { planes, height, width, stride, padding } = shape;
  const [blockHeight, blockWidth] = [stride[0] % 2 === 0 ? 2 : 1, stride[1] % 2 === 0 ? 2 : 1];
  const blocksHigh = Math.ceil((height + padding[0]) / blockHeight);
  const blocksWide = Math.ceil((width + padding[1]) / blockWidth);
  const tensors = {
    gy: { buffer: gy, row: outputs },
    index: { buffer: index, row: outputs },
    gx: { buffer: gx, row: inputs },
  };
  for (const { buffers, count } of inRows(gpu, planes, tensors)) {
    const n = count * blocksHigh * blocksWide;
    gpu.dispatch(backward.with({ ...dilatedConstants(shape), BLOCK_H: blockHeight, BLOCK_W: blockWidth }), {
      buffers,
      sizes: { n, ...poolSizes(shape), blocks_h: blocksHigh, blocks_w: blocksWide },
      workgroups: linearWorkgroups(n, 64),
      work: workOn(buffers),
    });
  }
}
