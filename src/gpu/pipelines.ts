import type { Binding, Kernel } from './kernel.ts';

/** A compiled kernel; `pipeline` is null until the driver is done with it. */
export interface PipelineEntry {
  kernel: Kernel;
  layout: GPUBindGroupLayout;
  pipeline: GPUComputePipeline | null;
  ready: Promise<void>;
}

/** Compiles kernels asynchronously and keeps them by source. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #byKernel = new Map<number, PipelineEntry>();
  readonly #bySource = new Map<string, PipelineEntry>();
  #pending = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get count(): number {
    return this.#bySource.size;
  }

  /** Pipelines asked for and not compiled yet; those that do not compile never are. */
  get pending(): number {
    return this.#pending;
  }

  get(kernel: Kernel): PipelineEntry {
    let entry = this.#byKernel.get(kernel.id);
    if (entry) return entry;
    entry = this.#bySource.get(kernel.source);
    if (!entry) {
      entry = this.#compile(kernel);
      this.#bySource.set(kernel.source, entry);
    }
    this.#byKernel.set(kernel.id, entry);
    return entry;
  }

  #compile(kernel: Kernel): PipelineEntry {
    const device = this.#device;
    const layout = device.createBindGroupLayout({
      label: kernel.name,
      entries: kernel.interface.bindings.map((binding) => ({
        binding: binding.index,
        visibility: GPUShaderStage.COMPUTE,
        ...layoutOf(binding),
      })),
    });
    // A faulty source is reported by the pipeline's promise, with its line; it is no failure of the device.
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ code: kernel.source, label: kernel.name });
    device.popErrorScope().catch(() => {});
    this.#pending++;
    const entry: PipelineEntry = { kernel, layout, pipeline: null, ready: Promise.resolve() };
    entry.ready = device
      .createComputePipelineAsync({
        label: kernel.name,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main' },
      })
      .then(
        (pipeline) => {
          entry.pipeline = pipeline;
          this.#pending--;
        },
        async (error: unknown) => {
          throw new Error(`kernel ${kernel.name} does not compile: ${await explain(module, kernel, error)}`);
        },
      );
    // The error is reported where the pipeline is awaited; without this an early failure would end the process first.
    entry.ready.catch(() => {});
    return entry;
  }
}

function layoutOf({ type }: Binding): Pick<GPUBindGroupLayoutEntry, 'buffer' | 'storageTexture'> {
  if (type !== 'texels') return { buffer: { type } };
  return { storageTexture: { access: 'read-only', format: 'rgba32float' } };
}

async function explain(module: GPUShaderModule, kernel: Kernel, error: unknown): Promise<string> {
  const lines = kernel.source.split('\n');
  const info = await module.getCompilationInfo();
  const messages = info.messages
    .filter((message) => message.type === 'error')
    .map(
      (message) =>
        `line ${message.lineNum - kernel.firstLine + 1}: ${message.message}: ${lines[message.lineNum - 1]?.trim() ?? ''}`,
    );
  return messages.join('; ') || (error instanceof Error ? error.message : String(error));
}
