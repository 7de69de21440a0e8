import type { Storage } from './memory.ts';
import { GRAIN, type MemoryPool } from './pool.ts';

/** Bytes of tables kept at once; those of a ResNet-18 at 224², batch 16, take a tenth. */
const CAPACITY = 2 ** 26;

/** Whole numbers on the device that never change. */
export class GpuTable {
  readonly storage: Storage;
  readonly bytes: number;
  /** For kernels that are given a table in the place of numbers they do not read. */
  readonly scalar = 'f32';

  constructor(storage: Storage, bytes: number) {
    this.storage = storage;
    this.bytes = bytes;
  }
}

/**
 * Tables by what they are made from. They lie in memory of their own, filled before anything that is still queued or
 * recorded, so any number of dispatches and recordings share them. What is forgotten is freed with the last bind group.
 */
export class TableCache {
  readonly #device: GPUDevice;
  readonly #pool: MemoryPool;
  readonly #tables = new Map<string, GpuTable>();
  #bytes = 0;

  constructor(device: GPUDevice, pool: MemoryPool) {
    this.#device = device;
    this.#pool = pool;
  }

  get full(): boolean {
    return this.#bytes > CAPACITY;
  }

  clear(): void {
    this.#tables.clear();
    this.#pool.use.allocated -= this.#bytes;
    this.#bytes = 0;
  }

  get(key: string, label: string, make: () => Uint32Array<ArrayBuffer>): GpuTable {
    let table = this.#tables.get(key);
    if (!table) this.#tables.set(key, (table = this.#made(label, make())));
    return table;
  }

  #made(label: string, words: Uint32Array<ArrayBuffer>): GpuTable {
    const size = Math.max(1, Math.ceil(words.byteLength / GRAIN)) * GRAIN;
    const storage = this.#pool.create('buffer', size, label) as Storage;
    this.#device.queue.writeBuffer(storage.gpuBuffer, 0, words);
    this.#bytes += size;
    return new GpuTable(storage, words.byteLength);
  }
}
