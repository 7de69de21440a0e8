import type { Gpu } from '../gpu/index.ts';

/**
 * Workgroups of 128 invocations that keep a GPU busy, by the vendor's name in WebGPU: about two for each unit that runs
 * workgroups, on a card of the middle of its range. A rule of thumb until `agelens bench --tune` has measured the card itself;
 * it decides between large and small tiles, which give the same bits.
 */
const BY_VENDOR: Readonly<Record<string, number>> = {
  nvidia: 128,
  amd: 128,
  apple: 64,
  intel: 64,
  qualcomm: 16,
  arm: 16,
};
const OTHERS = 128;

/** Whether so many workgroups leave no part of the device idle. */
export function keepBusy(gpu: Gpu, workgroups: number): boolean {
  return workgroups >= (BY_VENDOR[gpu.info.vendor] ?? OTHERS);
}
