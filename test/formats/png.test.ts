import { zlibSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../src/formats/crc32.ts';
import { type Picture, readPng, writePng } from '../../src/formats/png.ts';

const test = suite('formats/png');

function makePicture(channels: Picture['channels'], deep: boolean): Picture {
  const values = Array.from({ length: 5 * 3 * channels }, (_, i) => (i * 37) % 256);
  return {
    width: 5,
    height: 3,
    channels,
    data: deep ? Uint16Array.from(values, (value) => value * 257 - (value % 7)) : Uint8Array.from(values),
  };
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** A PNG file with right CRCs around any header and pixels. */
function makeFile(
  width: number,
  height: number,
  depth: number,
  colour: number,
  raw: Uint8Array,
  ...others: Uint8Array[]
): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = depth;
  header[9] = colour;
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    ...others,
    chunk('IDAT', zlibSync(raw)),
    chunk('IEND', new Uint8Array(0)),
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

test('CRC-32 has its check value, at once and in pieces', () => {
  const bytes = new TextEncoder().encode('123456789');
  assert.is(crc32(bytes), 0xcbf43926);
  assert.is(crc32(bytes.subarray(3), crc32(bytes.subarray(0, 3))), 0xcbf43926);
});

test('grey and colour pictures of 8 and 16 bits come back as they were written', () => {
  for (const channels of [1, 2, 3, 4] as const) {
    for (const deep of [false, true]) {
      const picture = makePicture(channels, deep);
      const back = readPng(writePng(picture), 'p.png');
      assert.equal({ ...back, data: [...back.data] }, { ...picture, data: [...picture.data] });
      assert.is(back.data instanceof Uint16Array, deep);
    }
  }
});

test('the same picture gives the same bytes', () => {
  assert.equal(writePng(makePicture(3, false)), writePng(makePicture(3, false)));
});

test('palettes become colours, other chunks are left out', () => {
  const palette = chunk('PLTE', Uint8Array.of(1, 2, 3, 4, 5, 6));
  const file = makeFile(2, 1, 8, 3, Uint8Array.of(0, 1, 0), palette, chunk('iCCP', new Uint8Array(40)));
  const picture = readPng(file, 'p.png');
  assert.equal([picture.channels, [...picture.data]], [3, [4, 5, 6, 1, 2, 3]]);
});

test('the writer refuses data of another size', () => {
  assert.throws(() => writePng({ ...makePicture(1, false), width: 6 }), /15 values for 6 × 3 pixels of 1 channels/);
});

test('a truncated file is never taken for a whole one', () => {
  const whole = writePng(makePicture(3, false));
  for (let length = 0; length < whole.length; length++) {
    assert.throws(
      () => readPng(whole.slice(0, length), 'p.png'),
      (error: Error) => /^p\.png: [^\n]+$/.test(error.message),
      `cut at byte ${length}`,
    );
  }
});

test('every flipped bit is noticed', () => {
  const whole = writePng(makePicture(3, false));
  for (let position = 0; position < whole.length; position++) {
    const damaged = whole.slice();
    damaged[position] = (damaged[position] ?? 0) ^ 0x04;
    assert.throws(
      () => readPng(damaged, 'p.png'),
      (error: Error) => /^p\.png: [^\n]+$/.test(error.message),
      `byte ${position}`,
    );
  }
});

test('headers that lie are refused with the numbers', () => {
  const raw = new Uint8Array(6);
  assert.throws(() => readPng(makeFile(65535, 65535, 8, 0, raw), 'p.png'), /impossible PNG size 65535 × 65535/);
  assert.throws(() => readPng(makeFile(2, 3, 8, 0, raw), 'p.png'), /6 of the 9 bytes of pixels/);
  assert.throws(() => readPng(makeFile(2, 1, 8, 0, raw), 'p.png'), /more than the 3 bytes of pixels/);
  assert.throws(() => readPng(makeFile(2, 1, 8, 5, raw), 'p.png'), /unknown PNG colour type 5 with 8 bits/);
  assert.throws(() => readPng(makeFile(8, 3, 1, 0, raw), 'p.png'), /grey values of 1 bits, 8 or 16 are read/);
  assert.throws(() => readPng(new Uint8Array(100), 'p.png'), /not a PNG file/);
});

test.run();
