import { readCase } from '../../src/check/case.ts';
import { readCaseFile } from '../../src/check/file.ts';
import { outcomeOf } from '../../src/check/run.ts';
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../src/gpu/index.ts';
import { readFixture } from '../support/fixture.ts';

/** SHA-256 of all that the engine gives for a shipped reference case: outputs and gradients, bit by bit. */
export async function caseDigest(gpu: Gpu, name: string): Promise<string> {
  const file = `reference/cases/${name}.safetensors`;
  const content = readCaseFile(new Uint8Array(await readFixture(file)), file);
  const outcome = await outcomeOf({ ...readCase(content), gpu });
  const parts = [...outcome].flatMap(([tensor, { data }]) => [
    new TextEncoder().encode(tensor),
    new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  ]);
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
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
 * From now on all memory that the device hands out has all its bits set, to the end of its size class: whoever reads what
 * nobody wrote shows it. Returns what undoes this.
 */
export function spoilMemory(gpu: Gpu): () => void {
  const spoiled = (buffer: GpuBuffer): GpuBuffer => {
    const bytes = buffer.storage.size;
    const words = { buffer, offset: 0, bytes };
    gpu.dispatch(spoil, { buffers: { words }, workgroups: linearWorkgroups(bytes / 16, 64) });
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
