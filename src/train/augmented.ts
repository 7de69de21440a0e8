import type { Gpu, GpuBuffer } from '../gpu/index.ts';
import { addNoise } from '../kernels/noise/noise.ts';
import { PATCH_NUMBERS, pastePatches, patchNumbers } from '../kernels/patch/patch.ts';
import { WARP_NUMBERS, warp, warpNumbers } from '../kernels/warp/warp.ts';
import { type RandomStream, randomStream } from '../util/random.ts';
import { drawPatch, drawWarps } from './augment.ts';
import type { AugmentSettings } from './config.ts';
import type { PictureStore } from './picture-store.ts';

/** What draws belong to, beside the row of a picture. */
export interface AugmentKey {
  seed: number;
  fold: number;
  epoch: number;
}

const OFF = { shift: 0, rotate: 0, scale: 0, mirror: false, intensity: 0, offset: 0, noise: 0, blur: 0, erase: 0 };

/** For each row of a batch how many of the same came before it: a batch larger than the cohort repeats rows. */
function repetitions(rows: readonly number[]): number[] {
  const seen = new Map<number, number>();
  return rows.map((row) => {
    const before = seen.get(row) ?? 0;
    seen.set(row, before + 1);
    return before;
  });
}

/**
 * Batches of training pictures, changed on the device. What happens to a picture is a function of (seed, fold, epoch, row)
 * alone, not of the batch it comes in. `load` gathers a batch and draws; `queue` holds the kernels, for a step to record.
 */
export class AugmentedPictures {
  readonly #gpu: Gpu;
  readonly #store: PictureStore;
  readonly #settings: AugmentSettings;
  readonly #batch: number;
  readonly #side: number;
  readonly #plain: GpuBuffer;
  readonly #draws: GpuBuffer;
  readonly #keys: GpuBuffer;

  /** @param side of the store's pictures */
  constructor(gpu: Gpu, store: PictureStore, settings: AugmentSettings, batch: number, side: number) {
    this.#gpu = gpu;
    this.#store = store;
    this.#settings = settings.recipe === 'none' ? { ...settings, ...OFF } : settings;
    this.#batch = batch;
    this.#side = side;
    this.#plain = gpu.alloc(4 * batch * side * side, 'pictures of a batch');
    this.#draws = gpu.alloc(4 * batch * this.#numbers, 'augmentation');
    this.#keys = gpu.alloc(8 * batch, 'keys of the noise');
  }

  get #patches(): boolean {
    return this.#settings.recipe === 'kerber2023';
  }

  /** Numbers that say what becomes of a picture. */
  get #numbers(): number {
    return this.#patches ? PATCH_NUMBERS : 2 * WARP_NUMBERS;
  }

  #draw(stream: RandomStream): number[] {
    if (this.#patches) return patchNumbers(drawPatch(this.#settings, this.#side, stream));
    return drawWarps(this.#settings, this.#side, stream).flatMap(warpNumbers);
  }

  /** Brings a batch of rows, and what is to become of them, to the device. */
  load(rows: readonly number[], { seed, fold, epoch }: AugmentKey): void {
    const repeated = repetitions(rows);
    const streams = (purpose: string) =>
      rows.map((row, i) => randomStream(seed, purpose, fold, epoch, row, repeated[i] as number));
    this.#store.gather(rows, this.#plain);
    this.#gpu.write(this.#draws, Float32Array.from(streams('augment').flatMap((stream) => this.#draw(stream))));
    if (this.#settings.noise > 0) {
      const words = streams('noise').flatMap((stream) => [stream.word(), stream.word()]);
      this.#gpu.write(this.#keys, Uint32Array.from(words));
    }
  }

  /** Queues what makes y [batch, 1, side, side] of the batch that was loaded last. */
  queue(y: GpuBuffer): void {
    const [gpu, x, n, side] = [this.#gpu, this.#plain, this.#batch, this.#side];
    if (this.#patches) pastePatches(gpu, { x, patches: this.#draws, y, n, side });
    else {
      const halves = { n: 2 * n, height: side / 2, width: side, blurs: this.#settings.blur > 0 };
      warp(gpu, { x, maps: this.#draws, y, ...halves });
    }
    const deviation = this.#settings.noise;
    if (deviation > 0) addNoise(gpu, { keys: this.#keys, y, n, size: side * side, deviation });
  }

  release(): void {
    for (const buffer of [this.#plain, this.#draws, this.#keys]) buffer.release();
  }
}
