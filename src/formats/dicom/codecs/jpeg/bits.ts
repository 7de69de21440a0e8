/**
 * Bits of an entropy-coded segment, most significant first (ITU-T T.81, F.2.2.5). A byte 0xFF stands for itself when 0x00
 * follows; anything else after it is a marker, at which the segment ends.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position: number;
  /** The lowest `#count` bits are still to be read; of these the lowest `#padding` were added behind the segment's end. */
  #buffer = 0;
  #count = 0;
  #padding = 0;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  /** Of the next byte that was not taken into the buffer: at the segment's end, that of its marker. */
  get position(): number {
    return this.#position;
  }

  /** The next 16 bits without reading them; zeros behind the segment's end. */
  peek(): number {
    while (this.#count < 16) this.#fill();
    return (this.#buffer >>> (this.#count - 16)) & 0xffff;
  }

  /**
   * Passes over `count` (up to 16) bits that were seen with `peek`.
   * @throws RangeError behind the segment's end
   */
  skip(count: number): void {
    this.#count -= count;
    if (this.#count < this.#padding) throw new RangeError('the compressed values end too early');
  }

  /** The next `count` bits, up to 16, as an unsigned number. */
  read(count: number): number {
    if (count === 0) return 0;
    const value = this.peek() >>> (16 - count);
    this.skip(count);
    return value;
  }

  /** A number of `size` bits whose first bit tells its sign (T.81, F.2.2.1, EXTEND). */
  readSigned(size: number): number {
    const value = this.read(size);
    return size > 0 && value < 2 ** (size - 1) ? value - 2 ** size + 1 : value;
  }

  /** Passes over the rest of a byte and the restart marker behind it. @throws RangeError where there is none */
  restart(): void {
    const marker = this.#bytes[this.#position + 1] ?? 0;
    if (this.#bytes[this.#position] !== 0xff || marker < 0xd0 || marker > 0xd7)
      throw new RangeError(`no restart marker at byte ${this.#position}`);
    this.#position += 2;
    this.#buffer = 0;
    this.#count = 0;
    this.#padding = 0;
  }

  #fill(): void {
    const byte = this.#bytes[this.#position];
    const ended = byte === undefined || (byte === 0xff && this.#bytes[this.#position + 1] !== 0);
    if (ended) this.#padding += 8;
    else this.#position += byte === 0xff ? 2 : 1;
    this.#buffer = ((this.#buffer << 8) | (ended ? 0 : byte)) & 0xffffff;
    this.#count += 8;
  }
}
