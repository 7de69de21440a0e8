export { defaultGpu, type OnGpu, onGpu } from './default.ts';
export { type BufferView, type Dispatch, Gpu, type GpuInfo, type HostArray } from './gpu.ts';
export type { AdapterChoice, AdapterKind, PassedOver } from './host.ts';
export { type Constants, defineKernel, Kernel } from './kernel.ts';
export { type OpenOptions, openGpu } from './open.ts';
export { GpuBuffer, type MemoryUse, SCALAR_BYTES, type ScalarType } from './pool.ts';
export type { KernelTime, Profiler } from './profiler.ts';
export type { Recording } from './recording.ts';
export { linearWorkgroups, MAX_WORKGROUPS, type Workgroups } from './workgroups.ts';
