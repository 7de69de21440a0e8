import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readTar } from '../../src/formats/tar.ts';
import { bytesOf } from './make-weights.ts';

const test = suite('formats/tar');
type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 512;
const padded = (bytes: Uint8Array, block: number): Bytes =>
  bytesOf(bytes, new Uint8Array((block - (bytes.length % block)) % block));

function member(name: string, contents: string, { type = '0', size = contents.length.toString(8) } = {}): Bytes {
  const header = new Uint8Array(BLOCK);
  header.set(bytesOf(name));
  header.set(bytesOf(size.padStart(11, '0')), 124);
  header.set(bytesOf('        ', type), 148);
  header.set(bytesOf('ustar'), 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(bytesOf(sum.toString(8).padStart(6, '0'), 0), 148);
  return bytesOf(header, padded(bytesOf(contents), BLOCK));
}

const archive = (...members: Bytes[]): Bytes => padded(bytesOf(...members, new Uint8Array(2 * BLOCK)), 20 * BLOCK);
const read = (bytes: Bytes): Map<string, string> =>
  new Map([...readTar(bytes, 'a.tar')].map(([name, contents]) => [name, new TextDecoder().decode(contents)]));

test('regular files come back; folders and harmless pax headers are passed over', () => {
  const pax = member('PaxHeader', '20 mtime=1483799999.5\n', { type: 'x' });
  const tar = archive(pax, member('a', 'text'), member('folder', '', { type: '5' }), member('b', 'x'.repeat(513)));
  assert.equal(
    [...read(tar)],
    [
      ['a', 'text'],
      ['b', 'x'.repeat(513)],
    ],
  );
});

test('archives that lie are refused', () => {
  const refused =
    (...members: Bytes[]) =>
    () =>
      read(archive(...members));
  const damaged = member('a', 'text');
  damaged[3] = 1;
  assert.throws(refused(damaged), /^a\.tar: byte 0: a damaged tar header \(checksum \d+ instead of \d+\)$/);
  assert.throws(refused(member('a', 'x'), member('a', 'y')), /byte 1024: its member "a" is there twice/);
  assert.throws(
    refused(member('a', 'x', { size: '77777777777' })),
    /truncated: its member "a" lies at bytes 512 to 8589935103/,
  );
  assert.throws(refused(member('a', 'x', { size: '9' })), /a tar header with size "00000000009"/);
  assert.throws(refused(member('P', '9 size=9\n', { type: 'x' })), /a pax header that changes names or sizes/);
});

test('the end of an archive is part of it', () => {
  const tar = archive(member('a', 'text'));
  const ends = /does not end in zeros and a whole record of 10240/;
  assert.throws(() => read(tar.slice(0, -BLOCK)), ends);
  assert.throws(() => read(bytesOf(tar.slice(0, -1), 'x')), ends);
  assert.throws(() => read(padded(member('a', 'x'.repeat(18 * BLOCK + 1)), 20 * BLOCK)), ends);
});

test.run();
