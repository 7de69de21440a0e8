/** Studies read by threads ahead of the device: how many threads, and how much memory that takes. */
import { availableParallelism, freemem } from 'node:os';
import { Readers } from '../formats/readers.node.ts';
import type { Study } from '../formats/studies.ts';
import type { Reading } from '../train/prepare.node.ts';
import { mostHeld } from '../util/in-order.ts';
import type { Terminal } from './command.ts';

/** One device prepares no faster than so many threads read. */
const MOST_THREADS = 8;
/** Of the memory that is free when the work starts. */
const SHARE_OF_MEMORY = 0.5;

/** Starts the threads; one for each core but that of the main thread unless told otherwise. */
export function openReaders(workers?: number): Readers {
  const count = workers ?? Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1));
  return new Readers(count, new URL('./study-reader.js', import.meta.url));
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/** How these studies are read. Says on standard error what memory that takes at most. */
export function readingOf(readers: Readers, studies: readonly Study[], terminal: Terminal): Reading {
  const most = Math.max(2, readers.count + 1);
  const bytes = SHARE_OF_MEMORY * freemem();
  const held = mostHeld(studies, { most, bytes, bytesOf: (study) => study.bytes });
  const largest = studies.reduce((size, study) => Math.max(size, study.bytes), 0);
  const who = readers.count === 1 ? '1 thread reads' : `${readers.count || 'no'} threads read`;
  terminal.note(
    `${who} ahead: at most ${Math.min(most, studies.length)} of ${studies.length} studies in memory, ${megabytes(held)} (the largest ${megabytes(largest)})`,
  );
  return { load: (study) => readers.load(study), most, bytes };
}
