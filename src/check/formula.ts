import { philox } from '../util/random.ts';

/**
 * Parameters that a conformance file need not hold: Philox4x32-10 keyed by (seed, tensor name), the same float32 bits as
 * `test/reference/philox.py`. They make reference cases of whole networks small; nothing else uses them.
 */
function uniform(name: string, count: number, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const key: [number, number] = [seed, fnv1a(name)];
  for (let block = 0; 4 * block < count; block++) {
    const words = philox([block, 0, 0, 0], key);
    for (let i = 0; i < 4; i++) values[4 * block + i] = ((words[i] ?? 0) >>> 8) / 2 ** 23 - 1;
  }
  return values;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** He's bound for convolutions and 1/√in for linear layers; weights and variances of norms near 1; the rest near 0. */
export function formulaValues(name: string, shape: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  const values = uniform(
    name,
    shape.reduce((product, size) => product * size, 1),
    seed,
  );
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape;
  const nearOne = shape.length === 1 && /(weight|running_var)$/.test(name);
  const scales: Record<number, number> = { 4: Math.sqrt(6 / (outputs * height * width)), 2: 1 / Math.sqrt(inputs) };
  const scale = Math.fround(scales[shape.length] ?? 0.25);
  // The product of two float32 is exact in a double: storing it rounds once, as NumPy does.
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * scale;
  if (nearOne) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + 1;
  return values;
}
