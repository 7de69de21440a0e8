/**
 * Protocol buffers, as far as writing ONNX needs them. A message is a list of fields, each a key (number · 8 + wire type)
 * and a value: 0 a varint, 2 a length and bytes, 5 four bytes. Large contents stay where they are until a file is put
 * together.
 */
const VARINT = 0;
const BYTES = 2;
const FOUR_BYTES = 5;

const encoder = new TextEncoder();

/** Seven bits a byte, lowest first, the eighth bit where more follow; negative numbers as 64 bits in two's complement. */
function varint(value: number | bigint): Uint8Array<ArrayBuffer> {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

export class Message {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  /** Bytes of the message. */
  get size(): number {
    return this.#size;
  }

  /** The message's bytes, piece by piece. */
  get parts(): readonly Uint8Array[] {
    return this.#parts;
  }

  /** A whole number: int64, int32 or an enumeration. */
  integer(field: number, value: number | bigint): this {
    this.#key(field, VARINT);
    return this.#add(varint(value));
  }

  float(field: number, value: number): this {
    this.#key(field, FOUR_BYTES);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#add(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  /** Keeps a reference to `value`, which must not change before the message is written. */
  bytes(field: number, value: Uint8Array): this {
    this.#key(field, BYTES);
    this.#add(varint(value.length));
    return this.#add(value);
  }

  message(field: number, value: Message): this {
    this.#key(field, BYTES);
    this.#add(varint(value.size));
    for (const part of value.parts) this.#add(part);
    return this;
  }

  /** Whole numbers one after another in one field. */
  integers(field: number, values: readonly number[]): this {
    const packed = values.map(varint);
    this.#key(field, BYTES);
    this.#add(varint(packed.reduce((sum, { length }) => sum + length, 0)));
    for (const part of packed) this.#add(part);
    return this;
  }

  /** All of it in one piece. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #key(field: number, wireType: number): void {
    this.#add(varint(field * 8 + wireType));
  }

  #add(part: Uint8Array): this {
    this.#parts.push(part);
    this.#size += part.length;
    return this;
  }
}
