import type { Gpu } from '../gpu/index.ts';
import { AugmentedPictures } from './augmented.ts';
import type { Config } from './config.ts';
import { type Image, pictureImage } from './overlay.ts';
import { PictureStore } from './picture-store.ts';
import { type Pictures, pictureAt } from './pictures.ts';

/** Pictures of a sheet, and epochs of each. */
const PICTURES = 6;
const EPOCHS = 7;
/** Dots between two tiles. */
const GAP = 4;

/** Lays images of one size out in a grid, row by row. */
function grid(tiles: readonly (readonly Image[])[]): Image {
  const { width: w = 0, height: h = 0 } = tiles[0]?.[0] ?? {};
  const width = (tiles[0]?.length ?? 0) * (w + GAP) - GAP;
  const height = tiles.length * (h + GAP) - GAP;
  const data = new Uint8Array(3 * width * height).fill(128);
  tiles.forEach((row, r) => {
    row.forEach((tile, c) => {
      for (let y = 0; y < h; y++) {
        const line = tile.data.subarray(3 * w * y, 3 * w * (y + 1));
        data.set(line, 3 * ((r * (h + GAP) + y) * width + c * (w + GAP)));
      }
    });
  });
  return { width, height, channels: 3, data };
}

/**
 * What the network of a fold sees: a line for each of the first training pictures, first as it was prepared, then as epochs
 * 1, 2, … show it. The very pixels of the training, clipped to 0 … 1.
 */
export async function augmentationSheet(
  gpu: Gpu,
  config: Config,
  pictures: Pictures,
  training: readonly number[],
  fold: number,
): Promise<Image> {
  const rows = training.slice(0, PICTURES);
  const { side } = pictures;
  const store = new PictureStore(gpu, pictures, rows);
  const augmented = new AugmentedPictures(gpu, store, config.augment, rows.length, side);
  const batch = gpu.alloc(4 * rows.length * side * side, 'sheet');
  const lines = rows.map((row) => [pictureImage(pictureAt(pictures, row), side, 1)]);
  try {
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      augmented.load(rows, { seed: config.seed, fold, epoch });
      augmented.queue(batch);
      const seen = { data: new Float32Array(await gpu.read(batch)), count: rows.length, side };
      lines.forEach((line, i) => {
        line.push(pictureImage(pictureAt(seen, i), side, 1));
      });
    }
  } finally {
    for (const each of [augmented, store, batch]) each.release();
  }
  return grid(lines);
}
