import type { Storage } from './memory.ts';
import type { MemoryPool, ScalarType } from './pool.ts';

/**
 * A piece of device memory with a reference count that starts at 1. At 0 it returns to the pool; work that is already
 * queued still sees its contents, because later users of the memory are queued behind it.
 */
export class GpuBuffer {
  readonly bytes: number;
  readonly label: string;
  /** What a kernel that declares `array<Scalar>` reads here. */
  readonly scalar: ScalarType;
  #storage: Storage | null;
  #references = 1;
  #version = 0;

  constructor(pool: MemoryPool, bytes: number, label: string, scalar: ScalarType) {
    this.bytes = bytes;
    this.label = label;
    this.scalar = scalar;
    this.#storage = pool.buffer(bytes, label);
  }

  /** The device memory. Throws after the release. */
  get storage(): Storage {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was used after its release`);
    return this.#storage;
  }

  /** Whether the memory went back to the pool. */
  get released(): boolean {
    return this.#storage === null;
  }

  /** How often the contents were replaced since somebody else may remember them. */
  get version(): number {
    return this.#version;
  }

  /** To be called by whoever overwrites contents that an operation may have saved. */
  changed(): void {
    this.#version++;
  }

  /** Counts one more user, who releases it in turn. Throws after the release. */
  retain(): this {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was retained after its release`);
    this.#references++;
    return this;
  }

  /** Ends one use; the last gives the memory back to the pool. Throws when that has happened already. */
  release(): void {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was released twice`);
    this.#references--;
    if (this.#references > 0) return;
    this.#storage.owner.give(this.#storage);
    this.#storage = null;
  }
}
