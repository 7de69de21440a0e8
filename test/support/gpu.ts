import { type Gpu, openGpu } from '../../src/gpu/index.ts';

let opened: Promise<Gpu> | null = null;

/** The device that all test files of a host share, so that kernels compile once. */
export function testGpu(): Promise<Gpu> {
  opened ??= openGpu();
  return opened;
}
