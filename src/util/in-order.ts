/** Bounds of work that runs ahead of its consumer. */
export interface Bounds<T> {
  /** Most results that exist or are under way at once, that which the consumer holds included. */
  most: number;
  /** Most bytes of these together; an item that needs more by itself is worked on alone. */
  bytes?: number;
  bytesOf?: (item: T) => number;
}

/**
 * Starts work on items ahead of the consumer and gives the results in the order of the items, whatever ends first. A
 * result counts as held until the next one is asked for.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  start: (item: T) => Promise<R>,
  { most, bytes = Number.POSITIVE_INFINITY, bytesOf = () => 0 }: Bounds<T>,
): AsyncGenerator<R> {
  const held: { result: Promise<R>; bytes: number }[] = [];
  let [next, sum] = [0, 0];
  const startMore = () => {
    for (; next < items.length && held.length < Math.max(1, most); next++) {
      const item = items[next] as T;
      const needed = bytesOf(item);
      if (held.length > 0 && sum + needed > bytes) return;
      const result = start(item);
      result.catch(() => undefined); // it is thrown when its turn comes
      held.push({ result, bytes: needed });
      sum += needed;
    }
  };
  for (startMore(); held[0]; startMore()) {
    yield await held[0].result;
    sum -= held[0].bytes;
    held.shift();
  }
}

/** The most bytes that {@link inOrder} holds at once for these items. */
export function mostHeld<T>(
  items: readonly T[],
  { most, bytes = Number.POSITIVE_INFINITY, bytesOf = () => 0 }: Bounds<T>,
): number {
  const needed = items.map(bytesOf);
  const largest = needed.reduce((a, b) => Math.max(a, b), 0);
  let [window, widest] = [0, 0];
  for (const [i, value] of needed.entries()) {
    window += value - (needed[i - Math.max(1, most)] ?? 0);
    widest = Math.max(widest, window);
  }
  return Math.min(widest, Math.max(bytes, largest));
}
