/**
 * The constants of the `kerber2023` recipe: Kerber et al., Deep learning-based age estimation from clinical Computed
 * Tomography image data of the thorax and abdomen in the adult population, PLOS ONE 18(11), e0292993 (2023).
 */
import type { Shape3 } from '../../kernels/shape.ts';

/** Grid that every scan is resampled to, along R, A, S. */
export const GRID: Shape3 = [112, 112, 224];
/** Side of the picture: the coronal projection above the sagittal one. */
export const PICTURE_SIZE = 224;
/** HU of air, and of everything outside the scan or the body. */
export const AIR = -1024;
/** HU from which on a voxel belongs to the body. */
export const BODY_THRESHOLD = -600;
/** Markers of policy `band`: below the one surely air, above the other surely tissue. */
export const SURELY_AIR = -800;
export const SURELY_TISSUE = -300;
/** Central slices that are projected. */
export const SLAB = 10;

/** Which voxels are markers of the watershed: `all` as in the published code, `band` leaves those open that may be either. */
export type MarkerPolicy = 'band' | 'all';

export interface RecipeOptions {
  markers?: MarkerPolicy;
  /** Central slices that are projected, or `full` for all. */
  slab?: number | 'full';
}
