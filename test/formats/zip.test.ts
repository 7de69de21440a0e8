import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Allowance } from '../../src/formats/allowance.ts';
import { readZip } from '../../src/formats/zip.ts';
import { bytesOf, makeZip, uint16, uint32, uint64 } from './make-weights.ts';

const test = suite('formats/zip');
type Bytes = Uint8Array<ArrayBuffer>;

const read = (bytes: Bytes) => readZip(bytes, 'a.zip', new Allowance('a.zip', bytes.length));
const CONTENTS = { 'folder/a': bytesOf('some text'), 'folder/b': new Uint8Array(3000).fill(7), empty: bytesOf() };

/** Where the directory begins, as the end record says. */
const directoryOf = (zip: Bytes): number => new DataView(zip.buffer).getUint32(zip.length - 6, true);

function changed(zip: Bytes, at: number, ...parts: Parameters<typeof bytesOf>): Bytes {
  const copy = zip.slice();
  copy.set(bytesOf(...parts), at);
  return copy;
}

for (const options of [
  {},
  { deflate: true },
  { zip64: true },
  { deflate: true, zip64: true },
  { comment: 'PK\x05\x06' },
]) {
  test(`contents come back: ${JSON.stringify(options)}`, () => {
    const { entries, hasChecksums } = read(makeZip(CONTENTS, options));
    assert.equal(Object.fromEntries(entries), CONTENTS);
    assert.ok(hasChecksums);
  });
}

test('stored entries are views into the archive', () => {
  const zip = makeZip(CONTENTS);
  assert.is(read(zip).entries.get('folder/b')?.buffer, zip.buffer);
});

test('every damaged byte of an entry is seen', () => {
  const zip = makeZip({ a: bytesOf('some text') });
  for (let at = 31; at < 31 + 9; at++) {
    assert.throws(
      () => read(changed(zip, at, (zip[at] as number) ^ 1)),
      /entry "a" \(data from byte 31\) is damaged: its CRC is [0-9a-f]{8} instead of [0-9a-f]{8}/,
    );
  }
});

test('an archive without checksums is told from a damaged one', () => {
  const { hasChecksums, entries } = read(makeZip(CONTENTS, { forge: { crc: 0 } }));
  assert.not.ok(hasChecksums);
  assert.is(entries.size, 3);
});

test('archives that lie are refused', () => {
  const forged =
    (forge: object, options = {}) =>
    () =>
      read(makeZip(CONTENTS, { ...options, forge }));
  assert.throws(forged({ crc: 1 }), /is damaged: its CRC is/);
  assert.throws(forged({ flags: 1 }), /entry "folder\/a" \(byte \d+\): it is encrypted/);
  assert.throws(forged({ method: 12 }), /compression method 12 is not read/);
  assert.throws(forged({ size: 5 }, { deflate: true }), /holds more than the 5 bytes announced/);
  assert.throws(forged({ size: 5000 }, { deflate: true }), /holds 9 bytes instead of 5000/);
  assert.throws(forged({ size: 2 ** 31 }, { deflate: true }), /would take 2147483648 bytes/);
  assert.throws(forged({ size: 2 ** 40 }, { deflate: true, zip64: true }), /would take 1099511627776 bytes/);
  assert.throws(forged({ size: 2 ** 40 }, { zip64: true }), /1099511627776 bytes from byte \d+ on reach beyond byte/);
  assert.throws(forged({ offset: 0 }), /it begins at byte 0, inside the one before it/);
  assert.throws(forged({ offset: 5 }), /it does not begin at byte 5/);
  assert.throws(forged({ offset: 2 ** 50 }, { zip64: true }), /it does not begin at byte 1125899906842624/);
});

test('end records that lie are refused', () => {
  const zip = makeZip(CONTENTS);
  const end = zip.length - 22;
  assert.throws(() => read(changed(zip, end + 10, uint16(4))), /its directory is damaged at byte/);
  assert.throws(
    () => read(changed(zip, end + 10, uint16(2))),
    /its directory of 2 entries ends at byte \d+ instead of/,
  );
  assert.throws(() => read(changed(zip, end + 12, uint32(7))), /does not end where its end record begins/);
  assert.throws(() => read(changed(zip, directoryOf(zip) + 28, uint16(60000))), /an entry reaches beyond it/);
  const wide = makeZip(CONTENTS, { zip64: true });
  const record = wide.length - 22 - 20 - 56;
  assert.throws(() => read(changed(wide, wide.length - 22 - 12, uint64(3))), /its zip64 end record is not at byte 3/);
  assert.throws(() => read(changed(wide, record + 32, uint64(2 ** 40))), /announces 1099511627776 entries/);
  assert.throws(() => read(changed(wide, record + 48, uint64(2 ** 40))), /does not end where its end record begins/);
  assert.throws(
    () => read(changed(wide, wide.length - 12, uint16(1))),
    /its end records at bytes \d+ and \d+ disagree/,
  );
});

test('names must agree and be there once', () => {
  const zip = makeZip({ a: bytesOf('x'), b: bytesOf('y') });
  assert.throws(() => read(changed(zip, 30, 'c')), /entry "a": at byte 0 it is named "c"/);
  const twice = changed(changed(zip, 32 + 30, 'a'), directoryOf(zip) + 47 + 46, 'a');
  assert.throws(() => read(twice), /its directory names "a" twice/);
});

test('an archive within a truncated one is not taken for it', () => {
  const inner = makeZip({ a: bytesOf('inner') });
  const outer = makeZip({ before: bytesOf('text'), inner });
  const cut = outer.slice(0, directoryOf(outer));
  assert.throws(() => read(cut), /does not end where its end record begins/);
});

test('bombs are refused before anything is inflated', () => {
  const bomb = makeZip({ a: new Uint8Array(100_000) }, { deflate: true, forge: { size: 80_000_000 } });
  assert.throws(
    () => read(bomb),
    /inflating entry "a" would take 80000000 bytes \(80000000 in all\); a file of \d+ bytes is given \d+/,
  );
  const names = Array.from({ length: 9 }, (_, i) => [`${i}`, new Uint8Array(1000)]);
  const many = makeZip(Object.fromEntries(names), { deflate: true, forge: { size: 8_000_000 } });
  assert.throws(() => read(many), /inflating entry "8" would take 8000000 bytes \(72000000 in all\)/);
});

test('damaged deflated data are refused', () => {
  const zip = makeZip({ a: bytesOf('some text some text') }, { deflate: true });
  assert.throws(() => read(changed(zip, 31, 0xff)), /entry "a": its deflated data are damaged/);
});

test.run();
