import type { AdapterKind } from './host.ts';

/** How long Dawn waits between two looks at a device that computes on the processor: the least that Node's timers offer. */
const INTERVAL_MS = 1;

const POLLING = Symbol.for('agelens.polling');
const shared = globalThis as { [POLLING]?: { calm: boolean } };

/**
 * While a promise of WebGPU is open, Dawn's binding for Node looks for finished work from the event loop again and again by
 * `setImmediate`, which keeps one core busy: with a software adapter the very core that should compute. Its calls (they are
 * native functions; no other code passes such) go through a timer instead, so that the loop rests in between, until a GPU is
 * opened: it computes by itself, often for less than the timer would wait.
 */
export function interceptPolling(): void {
  if (shared[POLLING]) return;
  const polling = { calm: true };
  shared[POLLING] = polling;
  const immediate = globalThis.setImmediate;
  const either = (callback: (...values: unknown[]) => void, ...values: unknown[]) =>
    polling.calm && Function.prototype.toString.call(callback).endsWith('{ [native code] }')
      ? setTimeout(callback, INTERVAL_MS, ...values)
      : immediate(callback, ...values);
  globalThis.setImmediate = Object.assign(either, immediate) as typeof setImmediate;
}

/** An adapter of this kind is about to be used. */
export function pollFor(kind: AdapterKind): void {
  if (shared[POLLING] && kind === 'hardware') shared[POLLING].calm = false;
}
