/**
 * Kills a tiny training at random moments, as kill -9 does, goes on with --resume, and compares every byte of the result
 * with that of a run left alone.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RandomStream, randomStream } from '../../src/util/random.ts';
import { writeTinyFolder } from '../train/tiny-folder.node.ts';

const CLI = path.resolve('dist/cli/agelens.js');
const PRELOAD = pathToFileURL(path.resolve('test/kill/preload.mjs')).href;
/** All that has a state of its own is in it: moving average, schedule with momentum, patience, two folds. */
const SETTINGS = [
  ...['--folds', '2', '--picture', '32', '--network', 'resnet20', '--epochs', '3', '--batch', '4', '--seed', '5'],
  ...['train.ema=0.9', 'train.schedule=one_cycle', 'train.patience=2'].flatMap((setting) => ['--set', setting]),
];
const RESULTS = ['model.safetensors', 'predictions.csv', 'metrics.csv', 'metrics.json', 'config.yaml'];

export interface KillSettings {
  seed: number;
  count: number;
  /** Number of the first trial, so that some of many can be done. */
  first: number;
  /** An empty folder to work in. */
  folder: string;
}

export interface Trial {
  number: number;
  /** Where the process was when it was killed. */
  moments: string[];
  /** Whether it was killed at all, or done before. */
  killed: boolean;
  /** What differs from the run left alone; empty when all is right. */
  problems: string[];
}

interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** Runs the training, and kills it after some milliseconds where they are given. */
function train(folder: string, run: string, env: Record<string, string> = {}, after?: number): Promise<Ended> {
  const args = ['train', '--data', path.join(folder, 'prepared'), '--out', path.join(folder, run), '--resume'];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`--import=${PRELOAD}`, CLI, ...args, ...SETTINGS], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const timer = after === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), after);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stderr });
    });
  });
}

interface Reference {
  milliseconds: number;
  /** Operations on files from beginning to end. */
  operations: number;
}

async function leftAlone(folder: string): Promise<Reference> {
  const count = path.join(folder, 'operations');
  const start = performance.now();
  const { status, stderr } = await train(folder, 'whole', { COUNT_INTO: count });
  if (status !== 0) throw new Error(`the run left alone ended with status ${status}:\n${stderr}`);
  return { milliseconds: performance.now() - start, operations: Number(readFileSync(count, 'utf8')) };
}

/** Trials with even numbers kill at a moment in time, the others before an operation on files. */
async function kill(folder: string, random: RandomStream, byTime: boolean, whole: Reference) {
  if (byTime) {
    const after = Math.round(random.uniform(0, whole.milliseconds));
    return { moment: `after ${after} ms`, ended: await train(folder, 'killed', {}, after) };
  }
  const before = 1 + random.integer(whole.operations);
  return {
    moment: `before file operation ${before}`,
    ended: await train(folder, 'killed', { KILL_BEFORE: String(before) }),
  };
}

function differences(folder: string): string[] {
  const bytes = (run: string, name: string) => readFileSync(path.join(folder, run, name));
  return RESULTS.flatMap((name) => {
    try {
      return bytes('whole', name).equals(bytes('killed', name)) ? [] : [`${name} differs`];
    } catch (error) {
      return [`${name}: ${(error as Error).message}`];
    }
  });
}

async function trial(number: number, { seed, folder }: KillSettings, whole: Reference): Promise<Trial> {
  const random = randomStream(seed, 'kill', number);
  rmSync(path.join(folder, 'killed'), { recursive: true, force: true });
  const moments: string[] = [];
  let killed = false;
  // Every third trial is killed again while it goes on.
  for (let kills = number % 3 === 2 ? 2 : 1; kills > 0; kills--) {
    const { moment, ended } = await kill(folder, random, number % 2 === 0, whole);
    moments.push(ended.signal === 'SIGKILL' ? moment : `${moment} (it was done)`);
    killed ||= ended.signal === 'SIGKILL';
    if (ended.signal === null && ended.status !== 0)
      return {
        number,
        moments,
        killed,
        problems: [`status ${ended.status}: ${ended.stderr.trim().split('\n').at(-1)}`],
      };
  }
  const { status, stderr } = await train(folder, 'killed');
  const problems = status === 0 ? differences(folder) : [`status ${status}: ${stderr.trim().split('\n').at(-1)}`];
  return { number, moments, killed, problems };
}

/** Yields every trial when it is done. */
export async function* killTrials(settings: KillSettings): AsyncGenerator<Trial> {
  const { folder, first, count } = settings;
  mkdirSync(folder, { recursive: true });
  await writeTinyFolder(path.join(folder, 'prepared'), 14);
  const whole = await leftAlone(folder);
  for (let number = first; number < first + count; number++) yield trial(number, settings, whole);
}
