/** How long Dawn waits between two looks at the device: the least that Node's timers offer. */
const INTERVAL_MS = 1;

const CALM = Symbol.for('agelens.calm');

/**
 * While a promise of WebGPU is open, Dawn's binding for Node looks for finished work from the event loop again and again by
 * `setImmediate`, which keeps one core busy: with a software adapter the very core that should compute. Its calls (they are
 * native functions; no other code passes such) go through a timer instead, so that the loop rests in between.
 */
export function calmPolling(): void {
  const shared = globalThis as { [CALM]?: boolean };
  if (shared[CALM]) return;
  shared[CALM] = true;
  const immediate = globalThis.setImmediate;
  const calm = (callback: (...values: unknown[]) => void, ...values: unknown[]) =>
    Function.prototype.toString.call(callback).endsWith('{ [native code] }')
      ? setTimeout(callback, INTERVAL_MS, ...values)
      : immediate(callback, ...values);
  globalThis.setImmediate = Object.assign(calm, immediate) as typeof setImmediate;
}
