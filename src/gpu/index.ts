export { Gpu, type BufferView, type Dispatch, type GpuInfo, type HostArray } from './gpu.ts';
export { openGpu, type OpenOptions } from './open.ts';
export type { AdapterChoice, AdapterKind, PassedOver } from './host.ts';
export { defineKernel, Kernel, type Constants } from './kernel.ts';
export { GpuBuffer, type MemoryUse } from './pool.ts';
export type { Profiler, KernelTime } from './profiler.ts';
export type { Recording } from './recording.ts';
export { linearWorkgroups, MAX_WORKGROUPS, type Workgroups } from './workgroups.ts';
