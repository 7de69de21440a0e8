import { type CaseFile, readCase } from '../../src/check/case.ts';
import { readCaseFile } from '../../src/check/file.ts';
import { outcomeOf } from '../../src/check/run.ts';
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../src/gpu/index.ts';
import { readFixture } from '../support/fixture.ts';

/** A case of this size has many workgroups and several parts of a sum, and still costs nothing. */
const LARGEST = 24_000;

async function contentOf(name: string): Promise<{ bytes: number; content: CaseFile }> {
  const file = `reference/cases/${name}.safetensors`;
  const bytes = new Uint8Array(await readFixture(file));
  return { bytes: bytes.byteLength, content: readCaseFile(bytes, file) };
}

/**
 * One shipped reference case of each operation, and of each on 16-bit numbers: the largest that is small. Whole networks
 * have tests of their own.
 */
export async function representatives(): Promise<string[]> {
  const names: string[] = JSON.parse(new TextDecoder().decode(await readFixture('reference/cases/index.json')));
  const largest = new Map<string, { name: string; bytes: number }>();
  for (const name of names) {
    const { bytes, content } = await contentOf(name);
    const { op, params = '' } = content.metadata;
    if (/"(model|name)":/.test(params)) continue;
    const kind = `${op} ${name.startsWith('half-')}`;
    if (bytes <= LARGEST && bytes > (largest.get(kind)?.bytes ?? 0)) largest.set(kind, { name, bytes });
  }
  return [...largest.values()].map(({ name }) => name);
}

/** SHA-256 of all that the engine gives for a shipped reference case: outputs and gradients, bit by bit. */
export async function caseDigest(gpu: Gpu, name: string): Promise<string> {
  const { content } = await contentOf(name);
  const outcome = await outcomeOf({ ...readCase(content), gpu });
  const parts = [...outcome].flatMap(([tensor, { data }]) => [
    new TextEncoder().encode(tensor),
    new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  ]);
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Digests of cases by their names. */
export async function caseDigests(gpu: Gpu, names: readonly string[]): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const name of names) digests[name] = await caseDigest(gpu, name);
  return digests;
}

/** Sets all bits: NaN as f32 and as f16, and a number far beyond any index. */
const spoil = defineKernel({
  name: 'test.spoil',
  source: `
    @group(0) @binding(0) var<storage, read_write> words: array<vec4u>;
    @compute @workgroup_size(64)
    fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
      let i = (group.y * groups.x + group.x) * 64u + local;
      if (i < arrayLength(&words)) { words[i] = vec4u(0xffffffffu); }
    }`,
});

/**
 * From now on all buffers that the device hands out have all their bits set, to the end of their size class: whoever reads
 * what nobody wrote shows it. Returns what undoes this.
 */
export function spoilMemory(gpu: Gpu): () => void {
  const spoiled = (buffer: GpuBuffer): GpuBuffer => {
    const words = { buffer, offset: 0, bytes: buffer.storage.size };
    gpu.dispatch(spoil, { buffers: { words }, workgroups: linearWorkgroups(words.bytes / 16, 64) });
    return buffer;
  };
  const { alloc, allocNumbers, allocLike } = gpu;
  gpu.alloc = (...given) => spoiled(alloc.apply(gpu, given));
  gpu.allocNumbers = (...given) => spoiled(allocNumbers.apply(gpu, given));
  gpu.allocLike = (...given) => spoiled(allocLike.apply(gpu, given));
  return () => {
    for (const name of ['alloc', 'allocNumbers', 'allocLike']) Reflect.deleteProperty(gpu, name);
  };
}
