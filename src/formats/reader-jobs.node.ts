/** What a reading thread is asked and what it answers: data alone, as it goes from thread to thread. */
import { basename, dirname } from 'node:path';
import { isMainThread, parentPort } from 'node:worker_threads';
import { messageOf, UserError } from '../util/errors.ts';
import type { DicomFile } from './dicom/header.ts';
import { DiskFile } from './files.node.ts';
import { type LoadPlan, loadPlan, mapSources } from './load-plan.ts';
import { type Refusal, RefusedError } from './refusal.ts';
import type { FileSource } from './source.ts';
import { readDicomFile } from './studies.ts';
import type { Volume } from './volume.ts';

/** A file on disk under the name that messages call it by. */
export interface NamedFile {
  name: string;
  path: string;
  size: number;
}

export type ReaderJob = { header: NamedFile } | { volume: LoadPlan<NamedFile> };
export type ReaderResult = DicomFile | Volume | null;
export type ReaderAnswer =
  | { id: number; result: ReaderResult }
  | { id: number; refusal: Refusal }
  | { id: number; error: string; isUsers: boolean };

/** @throws Error for a source that lies in memory */
export function namedFile({ name, path, size }: FileSource): NamedFile {
  if (path === undefined) throw new Error(`${name} lies in memory, where no other thread reads it`);
  return { name, path, size };
}

const open = ({ name, path, size }: NamedFile): FileSource => new DiskFile(dirname(path), basename(path), name, size);

const work = (job: ReaderJob): Promise<ReaderResult> =>
  'header' in job ? readDicomFile(open(job.header)) : loadPlan(mapSources(job.volume, open));

async function answer(id: number, job: ReaderJob): Promise<ReaderAnswer> {
  try {
    return { id, result: await work(job) };
  } catch (error) {
    if (error instanceof RefusedError) return { id, refusal: error.refusal };
    return { id, error: messageOf(error), isUsers: error instanceof UserError };
  }
}

/** Answers jobs, one after another, until the main thread ends this one. */
export function serveJobs(): void {
  if (isMainThread || !parentPort) throw new Error('this program is a thread of another one');
  const port = parentPort;
  let last = Promise.resolve();
  port.on('message', ({ id, job }: { id: number; job: ReaderJob }) => {
    last = last.then(async () => {
      const message = await answer(id, job);
      const moved =
        'result' in message && message.result && 'data' in message.result ? [message.result.data.buffer] : [];
      port.postMessage(message, moved);
    });
  });
}
