/** 16-bit floating-point numbers, as bits, to float32 and back. */

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 mantissa bits. Exact: every one of them is a float32. */
export function float16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i] ?? 0;
    const exponent = (half >> 10) & 0x1f;
    const mantissa = half & 0x3ff;
    const sign = half & 0x8000 ? -1 : 1;
    if (exponent === 0) values[i] = sign * mantissa * 2 ** -24;
    else if (exponent === 0x1f) values[i] = mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else values[i] = sign * (1024 + mantissa) * 2 ** (exponent - 25);
  }
  return values;
}

/** Bits of 2⁻¹⁴, the least normal binary16, and of 65520, the least number that rounds to infinity, as float32. */
const LEAST_NORMAL = 0x38800000;
const OVERFLOW = 0x477ff000;
const INFINITE = 0x7f800000;

/** To the nearest binary16, ties to even; 65520 and above become infinity, NaN stays NaN. */
export function float32ToFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) {
    const word = words[i] ?? 0;
    halves[i] = ((word >>> 16) & 0x8000) | magnitudeToFloat16(word & 0x7fffffff, values[i] ?? 0);
  }
  return halves;
}

function magnitudeToFloat16(word: number, value: number): number {
  if (word > INFINITE) return 0x7e00;
  if (word >= OVERFLOW) return 0x7c00;
  if (word < LEAST_NORMAL) return roundToEven(Math.abs(value) * 2 ** 24);
  // A carry out of the mantissa rightly raises the exponent.
  return (word + 0xfff + ((word >>> 13) & 1) - LEAST_NORMAL + 0x800000) >>> 13;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** bfloat16: the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}
