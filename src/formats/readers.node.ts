/**
 * Threads that read files beside the main one: headers of DICOM files, and volumes. What they give is the same as the main
 * thread would give, whatever their number.
 */
import { Worker } from 'node:worker_threads';
import { UserError } from '../util/errors.ts';
import type { DicomFile } from './dicom/header.ts';
import { mapSources } from './load-plan.ts';
import { namedFile, type ReaderAnswer, type ReaderJob, type ReaderResult } from './reader-jobs.node.ts';
import { RefusedError } from './refusal.ts';
import type { FileSource } from './source.ts';
import { type HeaderReader, readDicomFile, type Study } from './studies.ts';
import type { Volume } from './volume.ts';

/** Header jobs that wait at each thread, so that none is idle while its answer travels. */
const HEADERS_WAITING = 4;

interface Waiting {
  resolve: (result: ReaderResult) => void;
  reject: (error: Error) => void;
}

/** One thread and the jobs that it has not answered. */
class Reader {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #jobs = 0;
  /** Why the thread has ended. */
  #end: Error | null = null;

  constructor(program: URL) {
    this.#worker = new Worker(program);
    this.#worker.on('message', (answer: ReaderAnswer) => this.#settle(answer));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a thread that reads files has ended')));
  }

  get load(): number {
    return this.#waiting.size;
  }

  run(job: ReaderJob): Promise<ReaderResult> {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#jobs++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, job });
    });
  }

  #settle(answer: ReaderAnswer): void {
    const { resolve, reject } = this.#waiting.get(answer.id) as Waiting;
    this.#waiting.delete(answer.id);
    if ('result' in answer) resolve(answer.result);
    else if ('refusal' in answer) reject(new RefusedError(answer.refusal.files, answer.refusal.cause));
    else reject(new (answer.isUsers ? UserError : Error)(answer.error));
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

export class Readers {
  readonly #readers: Reader[];
  /** For {@link readStudies}. */
  readonly headers: HeaderReader;

  /**
   * @param count threads; with 0 all is read in this one
   * @param program a file that calls serveJobs()
   */
  constructor(count: number, program: URL) {
    this.#readers = Array.from({ length: count }, () => new Reader(program));
    this.headers = { read: (source) => this.#header(source), most: Math.max(1, HEADERS_WAITING * count) };
  }

  get count(): number {
    return this.#readers.length;
  }

  /** Gives a job to the thread with the least to do. */
  #run(job: ReaderJob): Promise<ReaderResult> {
    return this.#readers.reduce((a, b) => (b.load < a.load ? b : a)).run(job);
  }

  async #header(source: FileSource): Promise<DicomFile | null> {
    if (this.count === 0) return readDicomFile(source);
    return (await this.#run({ header: namedFile(source) })) as DicomFile | null;
  }

  /** A study's voxels; its files lie on disk. @throws RefusedError when they cannot be read after all */
  async load(study: Study): Promise<Volume> {
    if (this.count === 0) return study.load();
    return (await this.#run({ volume: mapSources(study.plan, namedFile) })) as Volume;
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }
}
