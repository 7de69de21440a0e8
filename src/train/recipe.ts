import { RefusedError } from '../formats/refusal.ts';
import type { Volume } from '../formats/volume.ts';
import type { Gpu } from '../gpu/index.ts';
import { inspectCt, prepareCtPicture } from '../preprocess/ct/kerber2023.ts';
import { GRID, type MarkerPolicy, PICTURE_SIZE } from '../preprocess/ct/recipe.ts';
import { messageOf, UserError } from '../util/errors.ts';

export interface RecipeSettings {
  markers: MarkerPolicy;
  /** Central slices that are projected. */
  slab: number | 'full';
}

/** How a volume becomes a picture. */
export interface Recipe {
  /** Written into prepare.json and the pictures' metadata. */
  description: Record<string, string | number>;
  /** Side of the square picture. */
  side: number;
  /** @throws RefusedError when this volume cannot be prepared; anything else ends the whole work */
  run(volume: Volume): Promise<{ image: Float32Array<ArrayBuffer>; warnings: readonly string[] }>;
  /** The same with the body mask's projections, and more warnings for a person who looks at them. */
  inspect(
    volume: Volume,
  ): Promise<{ image: Float32Array<ArrayBuffer>; mask: Float32Array<ArrayBuffer>; warnings: readonly string[] }>;
}

/** The kerber2023 recipe on a device. */
export function kerberRecipe(gpu: Gpu, { markers, slab }: RecipeSettings): Recipe {
  return {
    description: { recipe: 'kerber2023', markers, slab, grid: GRID.join(' × ') },
    side: PICTURE_SIZE,
    run: (volume) => refusing(gpu, () => prepareCtPicture(gpu, volume, { markers, slab })),
    inspect: (volume) => refusing(gpu, () => inspectCt(gpu, volume, { markers, slab })),
  };
}

/** What the recipe cannot do right by is a refusal of this volume, a lost device the end of the work. */
async function refusing<T>(gpu: Gpu, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await gpu.finish(); // a device that was lost says so here: then it is not this volume's fault
    throw new RefusedError([], messageOf(error));
  }
}
