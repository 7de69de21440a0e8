import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder, writeCacheFile } from '../util/cache.node.ts';
import { gpuDeviceFiles, libraryFile } from './drivers.node.ts';
import { type VulkanSetup, vulkanEnvironment } from './vulkan.node.ts';

/** What a driver did when it was tried in a process of its own. */
export interface Probe {
  ok: boolean;
  /** Why it cannot be used; empty when it can. */
  reason: string;
  description: string;
  /** True for a driver that computes on the processor. */
  software: boolean;
}

/** No driver takes so long: this only keeps a driver that hangs from hanging us. */
const LIMIT_MS = 120_000;

/**
 * Runs in the child process, where only its source text arrives: takes an adapter, computes fma(i, 2, 1) for 64 numbers
 * and prints what it got as one line of JSON.
 */
async function probeInChild(webgpuUrl: string, loader: string | null): Promise<void> {
  if (loader) {
    try {
      process.dlopen({ exports: {} }, loader, 2 | 0x100 | 0x1000);
    } catch {
      // it is no Node module, but it stays loaded
    }
  }
  const { create, globals } = (await import(webgpuUrl)) as {
    create: (options: string[]) => GPU;
    globals: Pick<typeof globalThis, 'GPUBufferUsage' | 'GPUMapMode'>;
  };
  const gpu = Object.assign(globalThis, { heldGpu: create([]) }).heldGpu; // Dawn crashes once this is collected
  const adapter = await gpu.requestAdapter();
  if (!adapter) {
    console.log(JSON.stringify({ adapter: false }));
    return;
  }
  const device = await adapter.requestDevice();
  const code = `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) { y[i] = fma(f32(i), 2.0, 1.0); }`;
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = globals.GPUBufferUsage;
  const result = device.createBuffer({ size: 256, usage: STORAGE | COPY_SRC });
  const staging = device.createBuffer({ size: 256, usage: COPY_DST | MAP_READ });
  const bindings = [{ binding: 0, resource: { buffer: result } }];
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: bindings });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(result, 0, staging, 0, 256);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(globals.GPUMapMode.READ);
  const right = new Float32Array(staging.getMappedRange()).every((value, i) => value === 2 * i + 1);
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info;
  const name = description || `${vendor} ${architecture}`.trim();
  console.log(JSON.stringify({ adapter: true, right, description: name, software: isFallbackAdapter }));
}

function failed(reason: string): Probe {
  return { ok: false, reason, description: '', software: false };
}

function judge(stdout: string, stderr: string, signal: string | null, status: number | null): Probe {
  const line = stdout.trim().split('\n').at(-1);
  if (signal) return failed(`it crashed when it was tried (${signal})`);
  if (status !== 0 || !line)
    return failed(`it failed when it was tried: ${firstWords(stderr) || `exit status ${status}`}`);
  const answer = JSON.parse(line) as { adapter: boolean; right: boolean; description: string; software: boolean };
  if (!answer.adapter) return failed(refusal(stderr));
  if (!answer.right) return failed('it computes wrong numbers (fma over 64 numbers)');
  return { ok: true, reason: '', description: answer.description, software: answer.software };
}

function warnings(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => line.match(/^Warning: (.*)/)?.[1]?.trim() ?? []);
}

/** Dawn names the first thing it misses in a driver on its error stream. */
function refusal(stderr: string): string {
  const missing = warnings(stderr).find((line) => /required|unsupported|not supported/i.test(line));
  if (missing) return `Dawn refuses it: ${missing.replace(/\.$/, '')}`;
  return 'it offers no device that Dawn can use';
}

function firstWords(stderr: string): string {
  const line = stderr.split('\n').find((text) => /error/i.test(text)) ?? stderr.trim().split('\n')[0] ?? '';
  return line.trim().slice(0, 200);
}

function runProbe(setup: VulkanSetup, webgpuUrl: string): Probe {
  const call = `(${probeInChild.toString()})(${JSON.stringify(webgpuUrl)}, ${JSON.stringify(setup.loader)})`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', `await ${call}; process.exit(0);`], {
    env: { ...process.env, ...vulkanEnvironment(setup), NODE_OPTIONS: '' },
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.error && 'code' in child.error && child.error.code === 'ETIMEDOUT') {
    return failed(`it gave no answer within ${LIMIT_MS / 1000} s`);
  }
  if (child.error) return failed(`it could not be tried: ${child.error.message}`);
  return judge(child.stdout, child.stderr, child.signal, child.status);
}

function stamp(file: string): string {
  try {
    const { size, mtimeMs } = statSync(file);
    return `${file} ${size} ${mtimeMs}`;
  } catch {
    return `${file} -`;
  }
}

function contents(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Everything whose change may change what a driver answers. */
function fingerprint(setup: VulkanSetup, webgpuUrl: string): string {
  const libraries = setup.drivers.map((manifest) => {
    const library = contents(manifest).match(/"library_path"\s*:\s*"([^"]+)"/)?.[1] ?? '';
    return libraryFile({ manifest, library }) ?? library;
  });
  const files = [new URL(webgpuUrl).pathname, '/etc/ld.so.cache', ...setup.drivers, ...libraries];
  const machine = [os.release(), process.version, contents('/proc/driver/nvidia/version'), ...gpuDeviceFiles()];
  const text = [setup.loader, ...files.map(stamp), ...machine, process.env.LD_LIBRARY_PATH].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function cacheFile(setup: VulkanSetup, webgpuUrl: string): string {
  return path.join(cacheFolder(), `adapter-${fingerprint(setup, webgpuUrl)}.json`);
}

/** Tries drivers in a process of their own, so that one that crashes does no harm; remembers the answer until they change. */
export function probe(setup: VulkanSetup): Probe {
  const webgpuUrl = import.meta.resolve('webgpu');
  const file = cacheFile(setup, webgpuUrl);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Probe;
  } catch {
    const result = runProbe(setup, webgpuUrl);
    if (!result.reason.startsWith('it gave no answer')) writeCacheFile(file, JSON.stringify(result));
    return result;
  }
}

/** Forgets what `probe` remembers of these drivers. */
export function forgetProbe(setup: VulkanSetup): void {
  rmSync(cacheFile(setup, import.meta.resolve('webgpu')), { force: true });
}
