import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { allocBits, packBits } from '../../kernels/bits/bits.ts';
import { fillHolesBits, largestComponentBits } from '../../kernels/components/label.ts';
import type { Shape3 } from '../../kernels/shape.ts';
import { watershedOfBand } from '../../kernels/watershed/watershed.ts';
import { BODY_THRESHOLD, type MarkerPolicy, SURELY_AIR, SURELY_TISSUE } from './recipe.ts';

/**
 * The body in a volume of HU (float32), as a mask in bits: tissue, its holes filled, the largest piece, its holes filled.
 * With policy `all` every voxel is a marker, so the watershed has nothing to decide and tissue is what reaches the
 * threshold. The caller releases the mask.
 */
export async function bodyMask(gpu: Gpu, volume: GpuBuffer, shape: Shape3, markers: MarkerPolicy): Promise<GpuBuffer> {
  const [tissue, other] = [allocBits(gpu, shape, 'tissue'), allocBits(gpu, shape, 'body')];
  const band = { low: SURELY_AIR, high: SURELY_TISSUE };
  if (markers === 'band') await watershedOfBand(gpu, { x: volume, bits: tissue, shape, ...band });
  else packBits(gpu, { x: volume, bits: tissue, shape, condition: '>= limit', limit: BODY_THRESHOLD });
  fillHolesBits(gpu, { x: tissue, y: other, shape });
  largestComponentBits(gpu, { x: other, y: tissue, shape, connectivity: 3 });
  fillHolesBits(gpu, { x: tissue, y: other, shape });
  tissue.release();
  return other;
}
