import type { Gpu, GpuBuffer } from '../gpu/index.ts';
import { type Pictures, pictureAt } from './pictures.ts';

/** Most bytes of pictures that stay on the device: 2,674 of 224 × 224. */
const MOST_BYTES = 2 ** 29;

/**
 * Pictures on the device, from which batches are gathered there: in as many buffers as they take, uploaded once. Where they
 * take more than 512 MiB they stay on the host and are uploaded as batches need them.
 */
export class PictureStore {
  readonly #gpu: Gpu;
  readonly #pictures: Pictures;
  /** Pictures of one buffer. */
  readonly #each: number;
  readonly #places = new Map<number, number>();
  readonly #buffers: GpuBuffer[] = [];

  /** @param rows those that batches will be made of */
  constructor(gpu: Gpu, pictures: Pictures, rows: readonly number[], mostBytes = MOST_BYTES) {
    this.#gpu = gpu;
    this.#pictures = pictures;
    this.#each = Math.max(1, Math.floor(gpu.bindingBytes / this.#bytes));
    if (rows.length * this.#bytes > mostBytes) return;
    for (let first = 0; first < rows.length; first += this.#each) this.#add(rows.slice(first, first + this.#each));
  }

  get #bytes(): number {
    return 4 * this.#pictures.side ** 2;
  }

  /** Whether the pictures lie on the device. */
  get resident(): boolean {
    return this.#buffers.length > 0;
  }

  #add(rows: readonly number[]): void {
    const buffer = this.#gpu.alloc(rows.length * this.#bytes, 'pictures');
    rows.forEach((row, i) => {
      this.#gpu.write(buffer, pictureAt(this.#pictures, row), i * this.#bytes);
      this.#places.set(row, this.#buffers.length * this.#each + i);
    });
    this.#buffers.push(buffer);
  }

  /** Queues the pictures of these rows, one after another, into `target`. */
  gather(rows: readonly number[], target: GpuBuffer): void {
    for (const [i, row] of rows.entries()) {
      const place = this.#places.get(row);
      if (place === undefined) this.#gpu.write(target, pictureAt(this.#pictures, row), i * this.#bytes);
      else this.#copy(place, target, i * this.#bytes);
    }
  }

  #copy(place: number, target: GpuBuffer, at: number): void {
    const buffer = this.#buffers[Math.floor(place / this.#each)] as GpuBuffer;
    this.#gpu.copy(buffer, target, this.#bytes, (place % this.#each) * this.#bytes, at);
  }

  release(): void {
    for (const buffer of this.#buffers) buffer.release();
  }
}
