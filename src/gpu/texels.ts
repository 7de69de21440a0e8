import { ROW_BYTES, type TexelStorage } from './memory.ts';
import type { MemoryPool } from './pool.ts';

/**
 * Scratch memory of vec4<f32> in a storage texture: texel i lies at (i % 1024, i / 1024). Some adapters that run on a CPU
 * fetch a texel for a fraction of what a buffer's four numbers cost. Filled from buffers, read by kernels.
 */
export class GpuTexels {
  readonly label: string;
  /** Bytes that were asked for, 16 a texel. */
  readonly bytes: number;
  #storage: TexelStorage | null;

  constructor(pool: MemoryPool, count: number, label: string) {
    this.label = label;
    this.bytes = 16 * count;
    this.#storage = pool.texels(count, label);
  }

  /** Rows that the texels take. */
  get rows(): number {
    return Math.max(1, Math.ceil(this.bytes / ROW_BYTES));
  }

  /** Bytes of these rows: what a buffer must have to fill them. */
  get rowBytes(): number {
    return ROW_BYTES * this.rows;
  }

  /** The texture. Throws after the release. */
  get storage(): TexelStorage {
    if (!this.#storage) throw new Error(`texels "${this.label}" (${this.bytes} bytes) were used after their release`);
    return this.#storage;
  }

  /** Gives the texture back to the pool. */
  release(): void {
    const { storage } = this;
    storage.owner.give(storage);
    this.#storage = null;
  }
}
