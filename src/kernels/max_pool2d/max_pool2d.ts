import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { dilatedConstants, type Pool2dShape, poolElements, poolSizes } from '../pooling.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';

const forward = defineKernel({ name: 'max_pool2d.forward', source: forwardSource });
const backward = defineKernel({ name: 'max_pool2d.backward', source: backwardSource });

/** y [planes, outHeight, outWidth]: maxima; index, likewise, i32: their places. */
export function maxPool2dForward(
  gpu: Gpu,
  { x, y, index, shape }: { x: GpuBuffer; y: GpuBuffer; index: GpuBuffer; shape: Pool2dShape },
): void {
  const { inputs, outputs } = poolElements(shape);
  gpu.dispatch(forward.with(dilatedConstants(shape)), {
    buffers: { x, y, index },
    sizes: { n: outputs, ...poolSizes(shape) },
    workgroups: linearWorkgroups(outputs, 64),
    work: { bytes: 4 * inputs + 8 * outputs },
  });
}

/** gx [planes, height, width]: each output's gradient at the place of its maximum. */
export function maxPool2dBackward(
  gpu: Gpu,
  { gy, index, gx, shape }: { gy: GpuBuffer; index: GpuBuffer; gx: GpuBuffer; shape: Pool2dShape },
): void {
  const { inputs, outputs } = poolElements(shape);
  const { planes, height, width, stride, padding } = shape;
  const [blockHeight, blockWidth] = [stride[0] % 2 === 0 ? 2 : 1, stride[1] % 2 === 0 ? 2 : 1];
  const blocksHigh = Math.ceil((height + padding[0]) / blockHeight);
  const blocksWide = Math.ceil((width + padding[1]) / blockWidth);
  const n = planes * blocksHigh * blocksWide;
  gpu.dispatch(backward.with({ ...dilatedConstants(shape), BLOCK_H: blockHeight, BLOCK_W: blockWidth }), {
    buffers: { gy, index, gx },
    sizes: { n, ...poolSizes(shape), blocks_h: blocksHigh, blocks_w: blocksWide },
    workgroups: linearWorkgroups(n, 64),
    work: { bytes: 4 * inputs + 8 * outputs },
  });
}
