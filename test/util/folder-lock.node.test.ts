import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FolderLock } from '../../src/util/folder-lock.node.ts';
import { temporaryFolder } from '../cli/run-cli.node.ts';

const test = suite('locks on folders');
const folder = temporaryFolder();
const locks = (name: string) => readdirSync(path.join(folder, name)).filter((file) => file.startsWith('.lock'));

async function taken(name: string, silence?: number): Promise<FolderLock> {
  const lock = await FolderLock.take(path.join(folder, name), { silence });
  if (typeof lock === 'string') throw new Error(`${name} is held by ${lock}`);
  return lock;
}

/** A lock as a process of another machine would have it. */
function foreignLock(name: string, changes: object = {}): string {
  mkdirSync(path.join(folder, name));
  const file = path.join(folder, name, '.lock-3');
  const state = { host: 'elsewhere', pid: 17, machine: 'another', began: '1', signs: 4, released: false, ...changes };
  writeFileSync(file, JSON.stringify(state));
  return file;
}

test('one process at a time has it; given back, the next one gets it at once', async () => {
  const lock = await taken('plain');
  assert.match(String(await FolderLock.take(path.join(folder, 'plain'))), new RegExp(`^process ${process.pid} on `));
  await lock.check();
  await lock.release();
  const next = await taken('plain');
  assert.equal(locks('plain'), ['.lock-2']);
  await next.release(true);
  assert.equal(locks('plain'), []);
});

test('of many that want it at once, one gets it', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => FolderLock.take(path.join(folder, 'many'))));
  const holders = all.filter((lock) => typeof lock !== 'string');
  assert.is(holders.length, 1);
  assert.is(locks('many').length, 1);
  await holders[0]?.release();
});

test('what a dead process of this machine leaves is taken over at once', async () => {
  const lock = await taken('dead', 0);
  const file = path.join(folder, 'dead', locks('dead')[0] ?? '');
  await lock.release();
  const { pid } = spawnSync(process.execPath, ['--version']);
  const state = { ...JSON.parse(readFileSync(file, 'utf8')), released: false };
  writeFileSync(file, JSON.stringify({ ...state, pid }));
  await (await taken('dead', 0)).release(true);
  if (process.platform !== 'linux') return;
  writeFileSync(file, JSON.stringify({ ...state, began: '1' }));
  await (await taken('dead', 0)).release();
});

test('one of another machine is taken over when it gives no sign, and left alone when it does', async () => {
  foreignLock('silent');
  assert.is(await FolderLock.take(path.join(folder, 'silent'), { silence: 0 }), 'process 17 on elsewhere');
  await (await taken('silent', 20)).release();
  const file = foreignLock('alive');
  const onWatch = () => writeFileSync(file, readFileSync(file, 'utf8').replace('"signs":4', '"signs":5'));
  const held = await FolderLock.take(path.join(folder, 'alive'), { silence: 600_000, onWatch });
  assert.is(held, 'process 17 on elsewhere');
  foreignLock('back', { released: true });
  await (await taken('back', 0)).release();
});

test('a holder that was taken over notices and does not come back', async () => {
  const lock = await taken('lost');
  writeFileSync(path.join(folder, 'lost', '.lock-2'), '');
  await lock.check().then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /another process has taken this folder over/),
  );
  await lock.release();
});

test('a watch ends when the signal aborts', async () => {
  foreignLock('watched');
  const controller = new AbortController();
  const onWatch = () => controller.abort(new Error('enough'));
  const watching = FolderLock.take(path.join(folder, 'watched'), {
    silence: 600_000,
    onWatch,
    signal: controller.signal,
  });
  assert.is(await watching.then(String, (error: Error) => error.message), 'enough');
});

test.run();
