/**
 * A lock on a folder that several processes on several machines may share, with nothing but files.
 *
 * Locks are numbered, `.lock-1`, `.lock-2`, …, and the one with the highest number counts. Whoever wants it makes the next
 * number, which only one can (exclusive creation), and only when the present one is given back or its holder is dead: no
 * longer a process of this machine, or on another one without a sign of life for a while. Signs are compared with each other,
 * never with a clock, so that the machines' clocks need not agree.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from './errors.ts';

const SIGN_MS = 10_000;
/** How long a holder on another machine may be silent. A process that computes stays silent for seconds at most. */
const SILENCE_MS = 60_000;
const LOOK_MS = 500;
/** Every state is written over the last one whole. */
const LENGTH = 1024;

interface State {
  host: string;
  pid: number;
  /** Equal for two processes that see each other by their numbers. */
  machine: string;
  /** When the process began, in ticks since the machine did; empty where that is unknown. */
  began: string;
  /** Counts on as long as the holder lives. */
  signs: number;
  released: boolean;
}

interface Found {
  number: number;
  text: string;
}

export interface LockOptions {
  /** How long a silent holder on another machine is watched; 0 takes it for alive. A minute where left out. */
  silence?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Told who is watched. */
  onWatch?: ((holder: string) => void) | undefined;
}

const attempt = <T>(read: () => T, otherwise: T): T => {
  try {
    return read();
  } catch {
    return otherwise;
  }
};

const machine = (): string =>
  [
    os.hostname(),
    attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), ''),
    attempt(() => readlinkSync('/proc/self/ns/pid'), ''),
  ].join(' ');

/** Field 22 of /proc/PID/stat, which no later process of the same number shares. */
const beginning = (pid: number): string =>
  attempt(
    () =>
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? '',
    '',
  );

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const fileOf = (folder: string, number: number): string => path.join(folder, `.lock-${number}`);

async function numbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => /^\.lock-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
}

async function newest(folder: string): Promise<Found | null> {
  const number = Math.max(0, ...(await numbers(folder)));
  if (number === 0) return null;
  // A lock that is gone between the two calls was followed by a newer one, or has done its work.
  return { number, text: await readFile(fileOf(folder, number), 'utf8').catch(() => '') };
}

/** Null for a lock that is being written, or whose writer died over it. */
const stateOf = (text: string): State | null => attempt(() => JSON.parse(text) as State, null);

const textOf = (state: State): string => JSON.stringify(state).padEnd(LENGTH);

const nameOf = (state: State | null): string => (state ? `process ${state.pid} on ${state.host}` : 'another process');

/** Whether the holder lives, as far as that can be told at once. */
function lives(state: State | null): boolean | null {
  if (state?.released) return false;
  if (state?.machine !== machine()) return null;
  if (!exists(state.pid)) return false;
  return state.began === '' ? null : state.began === beginning(state.pid);
}

/** Whether the holder of this lock is dead, watched for as long as the options say. */
async function isDead(folder: string, found: Found, options: LockOptions): Promise<boolean> {
  const state = stateOf(found.text);
  const known = lives(state);
  if (known !== null) return !known;
  const { silence = SILENCE_MS, signal, onWatch } = options;
  if (silence === 0) return false;
  onWatch?.(nameOf(state));
  for (const end = performance.now() + silence; performance.now() < end; ) {
    await wait(Math.min(LOOK_MS, silence), undefined, { signal }).catch(() => signal?.throwIfAborted());
    const now = await newest(folder);
    if (now?.number !== found.number || now.text !== found.text) return false;
  }
  return true;
}

export class FolderLock {
  readonly #folder: string;
  readonly #number: number;
  readonly #state: State;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, number: number, state: State) {
    this.#folder = folder;
    this.#number = number;
    this.#state = state;
    this.#timer = setInterval(() => {
      state.signs++;
      this.#write();
    }, SIGN_MS).unref();
  }

  /**
   * Takes the lock of a folder, which is made where it is missing. Gives the holder's name instead where another process
   * has it.
   */
  static async take(folder: string, options: LockOptions = {}): Promise<FolderLock | string> {
    await mkdir(folder, { recursive: true });
    for (;;) {
      const found = await newest(folder);
      if (found && !(await isDead(folder, found, options))) {
        const now = await newest(folder);
        if (now && stateOf(now.text)?.released !== true) return nameOf(stateOf(now.text));
        continue;
      }
      const lock = await FolderLock.#create(folder, (found?.number ?? 0) + 1);
      if (lock) return lock;
    }
  }

  /** Null where another process was first. */
  static async #create(folder: string, number: number): Promise<FolderLock | null> {
    const { pid } = process;
    const state = { host: os.hostname(), pid, machine: machine(), began: beginning(pid), signs: 0, released: false };
    try {
      await writeFile(fileOf(folder, number), textOf(state), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
      throw error;
    }
    const all = await numbers(folder);
    if (Math.max(...all) !== number) {
      await rm(fileOf(folder, number), { force: true });
      return null;
    }
    for (const old of all) if (old < number) await rm(fileOf(folder, old), { force: true });
    return new FolderLock(folder, number, state);
  }

  /** Only into the file as it is: a lock that was taken over does not come back. */
  #write(): void {
    this.#writing = this.#writing.then(async () => {
      const file = await open(fileOf(this.#folder, this.#number), 'r+').catch(() => null);
      try {
        await file?.write(textOf(this.#state), 0);
      } catch {
        // The next sign may come through; `check` tells whether the lock was lost meanwhile.
      } finally {
        await file?.close();
      }
    });
  }

  /** @throws UserError when another process has taken the lock over */
  async check(): Promise<void> {
    const all = await numbers(this.#folder);
    if (Math.max(0, ...all) === this.#number) return;
    throw new UserError(
      `${this.#folder}: another process has taken this folder over, because this one was silent for ${SILENCE_MS / 1000} s; it goes on there`,
    );
  }

  /** Gives the lock back; `done` leaves no trace of it, for a folder that nobody will want to lock again. */
  async release(done = false): Promise<void> {
    clearInterval(this.#timer);
    this.#state.released = true;
    if (!done) this.#write();
    await this.#writing;
    if (done) await rm(fileOf(this.#folder, this.#number), { force: true });
  }
}
