import { gzipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readNifti, readNiftiStart } from '../../src/formats/nifti/read.ts';
import { writeNifti } from '../../src/formats/nifti/write.ts';
import { bytesSource } from '../../src/formats/source.ts';
import { readStudies } from '../../src/formats/studies.ts';
import { type Matrix4, shear, type Volume } from '../../src/formats/volume.ts';

const test = suite('formats/nifti');

const OBLIQUE: Matrix4 = (() => {
  const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
  return [-0.8 * c, 0.7 * s, 0, 120.5, -0.8 * s, -0.7 * c, 0, 88.25, 0, 0, 2.5, -310, 0, 0, 0, 1];
})();

function makeVolume(affine: Matrix4 = OBLIQUE): Volume {
  return { data: Int16Array.from({ length: 24 }, (_, i) => i * 100 - 1024), size: [4, 3, 2], affine };
}

/** A copy of a file with other bytes in its header. */
function patched(bytes: Uint8Array<ArrayBuffer>, patch: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  patch(new DataView(copy.buffer));
  return copy;
}

function nearAffine(actual: Matrix4, expected: Matrix4, tolerance: number): void {
  for (let i = 0; i < 16; i++)
    assert.ok(Math.abs((actual[i] ?? 0) - (expected[i] ?? 0)) <= tolerance, `${actual} is not ${expected}`);
}

/** The same file, read by its qform instead of its sform. */
const byQform = (bytes: Uint8Array<ArrayBuffer>) => patched(bytes, (view) => view.setInt16(254, 0, true));

test('a volume comes back as it was written', () => {
  for (const gzip of [false, true]) {
    const volume = readNifti(writeNifti(makeVolume(), { gzip }), 'a.nii');
    assert.equal(volume.data, makeVolume().data);
    assert.equal(volume.size, [4, 3, 2]);
    nearAffine(volume.affine, OBLIQUE, 1e-4);
  }
});

test('the same volume gives the same bytes', () => {
  assert.equal(writeNifti(makeVolume(), { gzip: true }), writeNifti(makeVolume(), { gzip: true }));
});

test('the qform says the same as the sform, for right- and left-handed grids turned in any way', () => {
  const flips = [
    [1, 1, 1],
    [-1, 1, 1],
    [1, -1, 1],
    [-1, -1, -1],
  ];
  for (let turn = 0; turn < 40; turn++) {
    const [a, b] = [turn * 0.33, turn * 0.71];
    const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
    const [fx = 1, fy = 1, fz = 1] = flips[turn % 4] ?? [];
    const affine = [
      ca * fx,
      -sa * cb * fy * 2,
      sa * sb * fz * 3,
      5,
      sa * fx,
      ca * cb * fy * 2,
      -ca * sb * fz * 3,
      -7,
      0,
      sb * fy * 2,
      cb * fz * 3,
      11,
      0,
      0,
      0,
      1,
    ];
    const bytes = writeNifti(makeVolume(affine), { gzip: false });
    assert.is(readNiftiStart(byQform(bytes), 'q.nii').transform, 'qform');
    nearAffine(readNifti(byQform(bytes), 'q.nii').affine, affine, 1e-5);
  }
});

test('a sheared grid is written with its sform alone', () => {
  const affine = [1, 0, 0.3, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  assert.ok(shear(affine) > 1);
  const bytes = writeNifti(makeVolume(affine), { gzip: false });
  nearAffine(readNifti(bytes, 's.nii').affine, affine, 1e-6);
  assert.is(readNiftiStart(byQform(bytes), 's.nii').transform, 'none');
});

test('values that are no 16-bit integers are written as float32', () => {
  const volume = (data: Volume['data']): Volume => ({ data, size: [3, 1, 1], affine: OBLIQUE });
  const back = (data: Volume['data']) => readNifti(writeNifti(volume(data), { gzip: false }), 'f.nii').data;
  assert.equal(back(Float64Array.of(1, -3, 32767)), Int16Array.of(1, -3, 32767));
  assert.equal(back(Int32Array.of(1, -3, 32768)), Float32Array.of(1, -3, 32768));
  assert.equal(back(Float32Array.of(0.5, -3, 1)), Float32Array.of(0.5, -3, 1));
});

test('the writer refuses sizes that the format or the data do not have', () => {
  assert.throws(() => writeNifti({ ...makeVolume(), size: [5, 3, 2] }, { gzip: false }), /24 values for 5 × 3 × 2/);
  assert.throws(
    () => writeNifti({ data: new Int16Array(40000), size: [40000, 1, 1], affine: OBLIQUE }, { gzip: false }),
    /cannot hold 40000 × 1 × 1/,
  );
});

test('a truncated file is never taken for a whole one', () => {
  for (const gzip of [false, true]) {
    const whole = writeNifti(makeVolume(), { gzip });
    for (let length = 0; length < whole.length; length++) {
      assert.throws(
        () => readNifti(whole.slice(0, length), 't.nii'),
        (error: Error) => /^t\.nii: [^\n]+$/.test(error.message),
        `cut at byte ${length}`,
      );
    }
  }
});

test('a flipped bit in a gzip file is noticed unless it changes nothing', () => {
  const whole = writeNifti(makeVolume(), { gzip: true });
  let noticed = 0;
  // The gzip header's bytes 4 to 9 (time, origin) say nothing about the contents.
  const positions = [0, 1, 2, 3, ...Array.from({ length: whole.length - 10 }, (_, i) => i + 10)];
  for (const position of positions) {
    const damaged = whole.slice();
    damaged[position] = (damaged[position] ?? 0) ^ 0x10;
    try {
      assert.equal(readNifti(damaged, 'd.nii.gz'), readNifti(whole, 'd.nii.gz'));
    } catch (error) {
      assert.match((error as Error).message, /^d\.nii\.gz: [^\n]+$/);
      noticed++;
    }
  }
  assert.ok(noticed >= positions.length - 5, `${noticed} of ${positions.length} noticed`);
});

test('a file of several gzip members is read whole and each member is checked', () => {
  const whole = writeNifti(makeVolume(), { gzip: false });
  const parts = [whole.slice(0, 100), whole.slice(100, 360), whole.slice(360)].map((part) =>
    gzipSync(part, { mtime: 0 }),
  );
  const joined = Uint8Array.from(parts.flatMap((part) => [...part]));
  assert.equal(readNifti(joined, 'm.nii.gz').data, makeVolume().data);
  const crcOfFirst = (parts[0]?.length ?? 0) - 8;
  joined[crcOfFirst] = (joined[crcOfFirst] ?? 0) ^ 1;
  assert.throws(() => readNifti(joined, 'm.nii.gz'), /truncated or damaged \(100 bytes with CRC/);
});

test('header and voxels in two files read as in one', async () => {
  const single = writeNifti(makeVolume(), { gzip: false });
  const header = single.slice(0, 348);
  header.set([0x6e, 0x69, 0x31, 0], 344);
  new DataView(header.buffer).setFloat32(108, 0, true);
  const pair = [bytesSource('a/x.hdr', header), bytesSource('a/x.img', single.slice(352))];
  const { studies, refused } = await readStudies(pair);
  assert.equal(refused, []);
  assert.equal(studies[0]?.files, ['a/x.hdr', 'a/x.img']);
  assert.equal(await studies[0]?.load(), readNifti(single, 'x.nii'));
  const half = await readStudies([bytesSource('a/x.img', single.slice(352))]);
  assert.match(half.refused[0]?.cause ?? '', /half of a NIfTI pair: x\.hdr is not beside it/);
  const analyze = header.slice();
  analyze.fill(0, 344);
  const old = await readStudies([bytesSource('a/x.hdr', analyze), bytesSource('a/x.img', single.slice(352))]);
  assert.match(old.refused[0]?.cause ?? '', /Analyze 7\.5 files do not say how the patient lies/);
});

test('headers that lie are refused with the numbers', () => {
  const whole = writeNifti(makeVolume(), { gzip: false });
  const cause = (patch: (view: DataView) => void) => () => readNifti(patched(whole, patch), 'x.nii');
  const dims =
    (...values: number[]) =>
    (view: DataView) =>
      values.forEach((value, i) => {
        view.setInt16(40 + 2 * i, value, true);
      });
  assert.throws(cause(dims(3, 4, 3, 200)), /4 × 3 × 200 voxels of int16 need 5152 bytes, the file holds 400/);
  assert.throws(
    cause(dims(7, 32767, 32767, 32767, 32767, 32767, 1, 1)),
    /32767 × 32767 × 32767 × 32767 × 32767 × 1 × 1: several volumes/,
  );
  assert.throws(cause(dims(3, 32767, 32767, 32767)), /need 70362301923678 bytes, the file holds 400/);
  assert.throws(cause(dims(3, 4, -3, 2)), /impossible size 4 × -3 × 2/);
  assert.throws(cause(dims(3, 4, 0, 2)), /impossible size 4 × 0 × 2/);
  assert.throws(cause(dims(9, 4, 3, 2)), /9 dimensions/);
  assert.throws(cause(dims(2, 4, 3, 2)), /an image of 4 × 3, not a volume/);
  assert.throws(
    cause((view) => view.setInt16(70, 77, true)),
    /of unknown data type 77/,
  );
  assert.throws(
    cause((view) => view.setInt16(72, 8, true)),
    /int16 has 16 bits, the header says 8/,
  );
  assert.throws(
    cause((view) => view.setFloat32(108, 100, true)),
    /impossible offset of the voxels: byte 100 \(at least 352\)/,
  );
  assert.throws(
    cause((view) => view.setFloat32(108, Number.NaN, true)),
    /byte NaN/,
  );
  assert.throws(
    cause((view) => view.setFloat32(108, 1e6, true)),
    /need 1000048 bytes, the file holds 400/,
  );
  assert.throws(
    cause((view) => view.setInt32(0, 349, true)),
    /header's size is 349/,
  );
  assert.throws(
    cause((view) => view.setUint8(345, 0x2a)),
    /its magic is "n\*1"/,
  );
  assert.throws(
    cause((view) => view.setUint8(345, 0x69)),
    /the voxels are in a file of their own, but is not named/,
  );
  assert.throws(
    cause((view) => view.setFloat32(280, Number.NaN, true)),
    /its sform \[NaN /,
  );
  assert.throws(
    cause((view) =>
      [0, 1, 2, 3].forEach((i) => {
        view.setFloat32(280 + 4 * i, 0, true);
      }),
    ),
    /spans no volume/,
  );
  assert.throws(
    cause((view) => {
      view.setInt16(254, 0, true);
      view.setFloat32(256, 2, true);
    }),
    /quaternion \(2, /,
  );
  assert.throws(
    cause((view) => {
      view.setInt16(254, 0, true);
      view.setFloat32(84, -1, true);
    }),
    /impossible voxel size/,
  );
});

test('a compressed file that would inflate to more or less than its header says is refused before it does', () => {
  const header = writeNifti(makeVolume(), { gzip: false }).slice(0, 352);
  const bomb = new Uint8Array(352 + 3_000_000);
  bomb.set(header);
  assert.throws(() => readNifti(gzipSync(bomb), 'b.nii.gz'), /holds more than the 400 bytes that its header announces/);
  const lying = patched(header, (view) =>
    [1, 2, 3].forEach((i) => {
      view.setInt16(40 + 2 * i, 2000, true);
    }),
  );
  assert.throws(
    () => readNifti(gzipSync(lying), 'l.nii.gz'),
    /2000 × 2000 × 2000 voxels of int16 need 16000000352 bytes, the file holds at most \d+/,
  );
});

test('units other than millimetres are converted', () => {
  const metres = patched(writeNifti(makeVolume(), { gzip: false }), (view) => view.setUint8(123, 1));
  nearAffine(
    readNifti(metres, 'm.nii').affine,
    OBLIQUE.map((value, i) => (i < 12 ? value * 1000 : value)),
    0.1,
  );
});

test('in a list of studies a NIfTI file is one volume, read when asked for', async () => {
  const bytes = writeNifti(makeVolume(), { gzip: true });
  const broken = bytes.slice();
  broken[bytes.length - 6] = (broken[bytes.length - 6] ?? 0) ^ 1;
  const { studies, refused } = await readStudies([
    bytesSource('b/broken.nii.gz', broken),
    bytesSource('a.NII.GZ', bytes),
    bytesSource('c.img', new Uint8Array(8)),
    bytesSource('d.nii', new Uint8Array(8)),
  ]);
  assert.equal(
    studies.map(({ name, format, size, age }) => [name, format, size, age]),
    [
      ['a.NII.GZ', 'nifti', [4, 3, 2], null],
      ['b/broken.nii.gz', 'nifti', [4, 3, 2], null],
    ],
  );
  assert.equal((await studies[0]?.load())?.data, makeVolume().data);
  let message = '';
  await studies[1]?.load().catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /^b\/broken\.nii\.gz: the gzip data are truncated or damaged/);
  assert.equal(
    refused.map(({ files }) => files),
    [['c.img'], ['d.nii']],
  );
});

test.run();
