/** 16-bit floating-point numbers, as bits, to float32. Exact: every one of them is a float32. */

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 mantissa bits. */
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

/** bfloat16: the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}
