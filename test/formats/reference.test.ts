import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readNifti } from '../../src/formats/nifti/read.ts';
import { bytesSource } from '../../src/formats/source.ts';
import { readStudies } from '../../src/formats/studies.ts';
import { axisCodes, closestCanonical, toCanonical, type Vector3, type Volume } from '../../src/formats/volume.ts';
import { readFixture } from '../support/fixture.ts';

interface Expected {
  size: Vector3;
  affine: number[];
  values: number[];
  axisCodes?: string;
}

interface Canonical {
  affine: number[];
  axisCodes: string;
  canonicalSize: Vector3;
  canonicalAffine: number[];
  canonicalValues: number[];
}

interface Reference {
  nifti: Record<string, Expected>;
  refusedNifti: Record<string, string>;
  dicom: Record<string, Expected>;
  multiFrame: Record<string, Expected>;
  canonical: { size: Vector3; cases: Canonical[] };
}

const test = suite('formats/reference');
const FOLDER = 'reference/formats';

async function fixture(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFixture(`${FOLDER}/${path}`));
}

const reference = async (): Promise<Reference> => JSON.parse(new TextDecoder().decode(await fixture('expected.json')));

function sameNumbers(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.is(actual.length, expected.length, `${what}: length`);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? 0));
    if (!(difference <= tolerance)) assert.unreachable(`${what}[${i}]: ${actual[i]} instead of ${expected[i]}`);
  }
}

function sameVolume(volume: Volume, expected: Expected, valueTolerance: number, what: string): void {
  assert.equal(volume.size, expected.size, what);
  sameNumbers(volume.affine, expected.affine, 1e-4, `${what}: affine`);
  sameNumbers(volume.data, expected.values, valueTolerance, `${what}: values`);
}

test('every NIfTI file that nibabel wrote reads as nibabel reads it', async () => {
  const { nifti } = await reference();
  assert.is(Object.keys(nifti).length, 33);
  for (const [name, expected] of Object.entries(nifti)) {
    const volume = readNifti(await fixture(`nifti/${name}`), name);
    sameVolume(volume, expected, 0, name);
    assert.is(axisCodes(volume.affine), expected.axisCodes, name);
  }
});

test('NIfTI files that hold no scalar volume are refused by what they hold', async () => {
  const { refusedNifti } = await reference();
  assert.is(Object.keys(refusedNifti).length, 4);
  for (const [name, words] of Object.entries(refusedNifti)) {
    const bytes = await fixture(`nifti/${name}`);
    assert.throws(
      () => readNifti(bytes, name),
      (error: Error) => error.message.startsWith(`${name}: `) && error.message.includes(words),
    );
  }
});

test('every DICOM series that pydicom wrote gives the HU and the affine of the standard', async () => {
  const { dicom } = await reference();
  assert.is(Object.keys(dicom).length, 8);
  let int16 = 0;
  for (const [name, expected] of Object.entries(dicom)) {
    const files = await Promise.all(
      [1, 2, 3].map(async (i) => bytesSource(`${name}/${i}.dcm`, await fixture(`dicom/${name}/${i}.dcm`))),
    );
    const { studies, refused } = await readStudies(files);
    assert.equal(refused, [], name);
    const [study] = studies;
    assert.equal([study?.patientId, study?.age, study?.sex, study?.warnings], ['Reference', 47, 'F', []], name);
    const volume = await study?.load();
    assert.ok(volume, name);
    const integers = expected.values.every((value) => Int16Array.of(value)[0] === value);
    assert.is(volume?.data instanceof Int16Array, integers, name);
    if (integers) int16++;
    if (volume) sameVolume(volume, expected, integers ? 0 : 1e-3, name);
  }
  assert.is(int16, 4);
});

test('the frames of a multi-frame file become one volume, compressed or not', async () => {
  const { multiFrame } = await reference();
  assert.is(Object.keys(multiFrame).length, 2);
  for (const [name, expected] of Object.entries(multiFrame)) {
    const { studies, refused } = await readStudies([bytesSource(name, await fixture(`dicom/${name}`))]);
    assert.equal(refused, [], name);
    const volume = await studies[0]?.load();
    assert.ok(volume, name);
    assert.equal(studies[0]?.files, [name]);
    sameVolume(volume, expected, 0, name);
  }
});

test('DICOM files without a preamble, and bare data sets, read as the whole files do', async () => {
  const { dicom } = await reference();
  const metaLength = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(140, true);
  const cuts: [string, (bytes: Uint8Array) => number][] = [
    ['without preamble', () => 132],
    ['bare', (bytes) => 144 + metaLength(bytes)],
  ];
  for (const name of ['explicit', 'implicit-12-bit', 'big-endian']) {
    for (const [what, start] of cuts) {
      const files = await Promise.all(
        [1, 2, 3].map(async (i) => {
          const bytes = await fixture(`dicom/${name}/${i}.dcm`);
          return bytesSource(`${name}/${i}`, bytes.slice(start(bytes)));
        }),
      );
      const { studies, refused, skipped } = await readStudies(files);
      assert.equal([refused, skipped], [[], []], `${name} ${what}`);
      const volume = await studies[0]?.load();
      assert.ok(volume);
      sameVolume(volume, dicom[name] as Expected, 0, `${name} ${what}`);
    }
  }
});

test('all 48 orders of axes become canonical as in nibabel', async () => {
  const { size, cases } = (await reference()).canonical;
  assert.is(cases.length, 48);
  const data = Int16Array.from({ length: 60 }, (_, i) => i);
  for (const expected of cases) {
    const { affine } = expected;
    assert.is(axisCodes(affine), expected.axisCodes);
    const view = closestCanonical({ size, affine });
    assert.equal(view.size, expected.canonicalSize);
    sameNumbers(view.affine, expected.canonicalAffine, 1e-9, expected.axisCodes);
    sameNumbers(toCanonical({ data, size, affine }).data, expected.canonicalValues, 0, expected.axisCodes);
  }
});

test.run();
