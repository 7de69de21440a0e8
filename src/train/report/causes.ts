import { compareTexts } from '../../util/order.ts';

/** Messages that differ in their numbers alone, counted together. */
export interface Cause {
  /** The message; numbers that differ between its occurrences are left out as "…". */
  cause: string;
  count: number;
}

const NUMBER = /\d+(?:[.,]\d+)*/g;

/** The kinds of messages, most frequent first. */
export function causesOf(messages: readonly string[]): Cause[] {
  const kinds = new Map<string, string[]>();
  for (const message of messages) {
    const kind = message.replace(NUMBER, '…');
    kinds.set(kind, [...(kinds.get(kind) ?? []), message]);
  }
  return [...kinds]
    .map(([kind, all]) => ({ cause: new Set(all).size === 1 ? (all[0] as string) : kind, count: all.length }))
    .sort((a, b) => b.count - a.count || compareTexts(a.cause, b.cause));
}
