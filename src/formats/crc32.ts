/** CRC-32 as in gzip and PNG (polynomial 0xEDB88320), four bytes a step ("slicing by four"). */
const TABLES: readonly Uint32Array[] = makeTables();

function makeTables(): Uint32Array[] {
  const tables = [0, 1, 2, 3].map(() => new Uint32Array(256));
  const [first = new Uint32Array(256)] = tables;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    first[byte] = crc;
  }
  for (let t = 1; t < 4; t++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[t - 1]?.[byte] ?? 0;
      (tables[t] as Uint32Array)[byte] = (before >>> 8) ^ (first[before & 0xff] ?? 0);
    }
  }
  return tables;
}

/** Continues `crc` (0 at the start) over more bytes. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let state = ~crc;
  let i = 0;
  for (const end = bytes.length - 3; i < end; i += 4) {
    state ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    state =
      (t3[state & 0xff] as number) ^
      (t2[(state >>> 8) & 0xff] as number) ^
      (t1[(state >>> 16) & 0xff] as number) ^
      (t0[state >>> 24] as number);
  }
  for (; i < bytes.length; i++) state = (state >>> 8) ^ (t0[(state ^ (bytes[i] as number)) & 0xff] as number);
  return ~state >>> 0;
}
