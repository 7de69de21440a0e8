import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readTar, unpackOnce } from '../../src/util/unpack.node.ts';

function tarEntry(name: string, data: Buffer, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(data.length.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

const archive = (...entries: Buffer[]) => Buffer.concat([...entries, Buffer.alloc(1024)]);
const sample = archive(
  tarEntry('lib/', Buffer.alloc(0), '5'),
  tarEntry('lib/a.so', Buffer.from('first')),
  tarEntry('b', Buffer.alloc(700, 7)),
);

const folder = mkdtempSync(path.join(os.tmpdir(), 'agelens-test-'));
const target = path.join(folder, 'cache', 'thing-1');
const packed = [path.join(folder, 'many.tar.br'), path.join(folder, 'one.br')];
writeFileSync(packed[0] as string, brotliCompressSync(sample));
writeFileSync(packed[1] as string, brotliCompressSync(Buffer.from('single')));

const test = suite('unpack');

test.after(() => rmSync(folder, { recursive: true }));

test('files come out whole, folders are made, nothing else is left', () => {
  unpackOnce(packed, target);
  assert.is(readFileSync(path.join(target, 'lib/a.so'), 'utf8'), 'first');
  assert.equal(readFileSync(path.join(target, 'b')), Buffer.alloc(700, 7));
  assert.is(readFileSync(path.join(target, 'one'), 'utf8'), 'single');
  assert.equal(readdirSync(path.dirname(target)), ['thing-1']);
});

test('what is there is left alone', () => {
  const before = statSync(path.join(target, 'b')).mtimeMs;
  unpackOnce(packed, target);
  assert.is(statSync(path.join(target, 'b')).mtimeMs, before);
});

test('what was damaged is unpacked anew', () => {
  truncateSync(path.join(target, 'b'), 10);
  rmSync(path.join(target, 'lib/a.so'));
  unpackOnce(packed, target);
  assert.is(statSync(path.join(target, 'b')).size, 700);
  assert.ok(existsSync(path.join(target, 'lib/a.so')));
  assert.equal(readdirSync(path.dirname(target)), ['thing-1']);
});

test('an archive that is cut off is refused and leaves nothing', () => {
  const cut = path.join(folder, 'cut.tar.br');
  writeFileSync(cut, brotliCompressSync(sample.subarray(0, 1200)));
  assert.throws(() => unpackOnce([cut], path.join(folder, 'cache', 'cut')), /cut off/);
  assert.equal(readdirSync(path.join(folder, 'cache')), ['thing-1']);
});

test('a name that leaves the folder is refused', () => {
  for (const name of ['../evil', '/evil', 'a/../../evil']) {
    assert.throws(() => readTar(archive(tarEntry(name, Buffer.from('x')))), /leaves the folder/);
  }
});

test.run();
