import { defineKernel, type Gpu, linearWorkgroups } from '../../src/gpu/index.ts';
import { unaryForward } from '../../src/kernels/elementwise/unary.ts';
import { matmul } from '../../src/kernels/matmul/matmul.ts';
import { randomStream } from '../../src/util/random.ts';

/** The multiply–add that convolution and matrix product rest on, n times over in one accumulator. */
const chain = defineKernel({
  name: 'test.chain',
  source: `
    struct Sizes { n: u32 }
    @group(0) @binding(0) var<storage, read> x: array<Scalar>;
    @group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
    @group(0) @binding(2) var<uniform> sizes: Sizes;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= sizes.n) { return; }
      var sum = Scalar(0.0);
      for (var k = 0u; k < 100u; k++) { sum = fma(x[id.x], x[(id.x + k) % sizes.n], sum); }
      y[id.x] = sum;
    }`,
});

async function sha256(data: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Digests of what some kernels give on made-up numbers: equal wherever adapter and driver are the same. */
export async function kernelBits(gpu: Gpu, seed: number): Promise<Record<string, string>> {
  const n = 4096;
  const stream = randomStream(seed, 'bits');
  const x = gpu.upload(Float32Array.from({ length: n }, () => stream.uniform(0.01, 8)));
  const y = gpu.alloc(4 * n);
  const bits: Record<string, string> = {};
  gpu.dispatch(chain, { buffers: { x, y }, sizes: { n }, workgroups: linearWorkgroups(n, 64) });
  bits.chain = await sha256(await gpu.read(y));
  for (const name of ['exp', 'log', 'sqrt', 'tanh'] as const) {
    unaryForward(gpu, name, { x, y, n });
    bits[name] = await sha256(await gpu.read(y));
  }
  matmul(gpu, { left: x, right: x, y, rows: 64, depth: 64, columns: 64 });
  bits.matmul = await sha256(await gpu.read(y));
  x.release();
  y.release();
  return bits;
}
