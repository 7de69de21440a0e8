/**
 * Memory that a reader may take beyond the file itself, for what is inflated or laid out anew. A file of a few kilobytes
 * that asks for gigabytes (a zip bomb, an expanded tensor) is refused before any of it is allocated.
 */
import { RefusedError } from './refusal.ts';

/** Room for small files whose contents compress well, such as zeros. */
const BASE = 64 * 2 ** 20;
/** Bytes a byte of the file may become; trained weights compress 1.1 times, pruned and quantised ones 8 times. */
const PER_BYTE = 16;

export class Allowance {
  readonly #file: string;
  readonly #fileSize: number;
  readonly #limit: number;
  #taken = 0;

  constructor(file: string, fileSize: number) {
    this.#file = file;
    this.#fileSize = fileSize;
    this.#limit = BASE + PER_BYTE * fileSize;
  }

  /**
   * Counts `bytes` that are about to be allocated.
   * @throws RefusedError when the file has asked for more than its size warrants
   */
  take(bytes: number, what: string): void {
    this.#taken += bytes;
    if (this.#taken <= this.#limit) return;
    throw new RefusedError(
      this.#file,
      `${what} would take ${bytes} bytes (${this.#taken} in all); a file of ${this.#fileSize} bytes is given ${this.#limit}`,
    );
  }
}
