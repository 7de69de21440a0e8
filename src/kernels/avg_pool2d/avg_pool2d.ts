import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { type Pool2dShape, poolConstants, poolPlanes, poolSizes } from '../pooling.ts';
import { inRows, workOn } from '../slices.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';

const forward = defineKernel({ name: 'avg_pool2d.forward', source: forwardSource });
const backward = defineKernel({ name: 'avg_pool2d.backward', source: backwardSource });

function constants(shape: Pool2dShape, countPadding: boolean): Record<string, number> {
  return { ...poolConstants(shape), COUNT_PADDING: countPadding ? 1 : 0 };
}

/** y [planes, outHeight, outWidth]: means of the windows. */
export function avgPool2dForward(
  gpu: Gpu,
  { x, y, shape, countPadding }: { x: GpuBuffer; y: GpuBuffer; shape: Pool2dShape; countPadding: boolean },
): void {
  const { inputs, outputs } = poolPlanes(shape);
  const tensors = { x: { buffer: x, row: inputs }, y: { buffer: y, row: outputs } };
  for (const { buffers, count } of inRows(gpu, shape.planes, tensors)) {
    gpu.dispatch(forward.with(constants(shape, countPadding)), {
      buffers,
      sizes: { n: count * outputs, ...poolSizes(shape) },
      workgroups: linearWorkgroups(count * outputs, 64),
      work: workOn(buffers),
    });
  }
}

/** gx [planes, height, width]: each output's gradient spread over its window. */
export function avgPool2dBackward(
  gpu: Gpu,
  { gy, gx, shape, countPadding }: { gy: GpuBuffer; gx: GpuBuffer; shape: Pool2dShape; countPadding: boolean },
): void {
  const { inputs, outputs } = poolPlanes(shape);
  const tensors = { gy: { buffer: gy, row: outputs }, gx: { buffer: gx, row: inputs } };
  for (const { buffers, count } of inRows(gpu, shape.planes, tensors)) {
    gpu.dispatch(backward.with(constants(shape, countPadding)), {
      buffers,
      sizes: { n: count * inputs, ...poolSizes(shape) },
      workgroups: linearWorkgroups(count * inputs, 64),
      work: workOn(buffers),
    });
  }
}
