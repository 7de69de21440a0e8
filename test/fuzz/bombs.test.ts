/** Small files that ask for more than a machine has: refused before anything is allocated. */
import { gzipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeDicomFile } from '../../src/formats/dicom/encode.ts';
import { writeNifti } from '../../src/formats/nifti/write.ts';
import { refusalLine } from '../../src/formats/refusal.ts';
import { bytesSource } from '../../src/formats/source.ts';
import { readStudies } from '../../src/formats/studies.ts';
import { concatenate } from '../../src/util/bytes.ts';
import { encodeElements } from '../formats/make.ts';
import { readFixture } from '../support/fixture.ts';

const test = suite('bombs');
const EXPLICIT = '1.2.840.10008.1.2.1';

/** The line with which a file is refused, when its header is read or when its voxels are. */
async function refusal(name: string, bytes: Uint8Array): Promise<string> {
  const { studies, refused } = await readStudies([bytesSource(name, Uint8Array.from(bytes))]);
  for (const study of studies) {
    try {
      await study.load();
    } catch (error) {
      return (error as Error).message;
    }
  }
  assert.is(refused.length, 1, 'it was read');
  return refused.map(refusalLine).join();
}

function nifti(patch: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const volume = {
    data: new Int16Array(24),
    size: [4, 3, 2],
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  } as const;
  const bytes = writeNifti(volume, { gzip: false });
  patch(new DataView(bytes.buffer));
  return bytes;
}

const size = (view: DataView, ...dimensions: number[]) => {
  [dimensions.length, ...dimensions].forEach((value, i) => {
    view.setInt16(40 + 2 * i, value, true);
  });
};

test('NIfTI: 32767⁵ voxels', async () => {
  const bytes = nifti((view) => size(view, 32767, 32767, 32767, 32767, 32767));
  assert.match(await refusal('a.nii', bytes), /32767 × 32767 × 32767 × 32767 × 32767: several volumes/);
  const volume = nifti((view) => size(view, 32767, 32767, 32767));
  assert.match(
    await refusal('a.nii', volume),
    /32767 × 32767 × 32767 voxels of int16 need \d+ bytes, the file holds 400/,
  );
});

test('gzip: a thousand to one, with a header that announces little or much', async () => {
  const zeros = new Uint8Array(64 << 20);
  const little = gzipSync(concatenate([nifti(() => {}), zeros]));
  assert.ok(little.length < 100_000);
  assert.match(await refusal('a.nii.gz', little), /holds more than the 400 bytes that its header announces/);
  const much = gzipSync(nifti((view) => size(view, 2000, 2000, 2000)));
  assert.match(
    await refusal('a.nii.gz', much),
    /2000 × 2000 × 2000 voxels of int16 need \d+ bytes, the file holds at most/,
  );
});

test('gzip: forged length and CRC in the trailer', async () => {
  const whole = gzipSync(nifti(() => {}));
  for (const at of [4, 8]) {
    const forged = whole.slice();
    new DataView(forged.buffer).setUint32(forged.length - at, 0xffffffff, true);
    assert.match(await refusal('a.nii.gz', forged), /gzip data are truncated or damaged/);
  }
});

const PIXELS = {
  2621442: { vr: 'US', value: [1] },
  2621444: { vr: 'CS', value: 'MONOCHROME2' },
  2621456: { vr: 'US', value: [65535] },
  2621457: { vr: 'US', value: [65535] },
  2621696: { vr: 'US', value: [16] },
  2625618: { vr: 'DS', value: '0' },
  2625619: { vr: 'DS', value: '1' },
} as const;

test('DICOM: 65535 × 65535 pixels, plain and compressed', async () => {
  const plain = encodeElements(EXPLICIT, { ...PIXELS, 2145386512: { vr: 'OW', value: new Uint8Array(8) } });
  assert.match(await refusal('a.dcm', plain), /65535 rows × 65535 columns need 8589672450 bytes/);
  for (const name of ['rle-u12', 'jpeg-lossless-sv1-u12', 'jpeg-ls-u12', 'jpeg-2000-lossless-u12']) {
    const series = await compressedSeries(name);
    const { studies, refused } = await readStudies(series);
    assert.equal(refused.map(refusalLine), [], name);
    try {
      await studies[0]?.load();
      assert.unreachable(name);
    } catch (error) {
      assert.match((error as Error).message, /would take 268419072 bytes; \d+ compressed bytes are given 16/, name);
    }
  }
});

/** Three slices that announce 16383 × 8192 pixels and hold a small compressed picture. */
async function compressedSeries(name: string) {
  const original = Uint8Array.from(await readFixture(`reference/formats/compressed/${name}.dcm`));
  return [0, 1, 2].map((index) => {
    const bytes = original.slice();
    const view = new DataView(bytes.buffer);
    const value = (tag: number) => find(view, tag) + 8;
    view.setUint16(value(0x00280010), 16383, true);
    view.setUint16(value(0x00280011), 8192, true);
    const position = value(0x00200032);
    const long = view.getUint16(position - 2, true) > 6; // writers spell numbers differently
    bytes.set(new TextEncoder().encode(long ? `0.0\\0.0\\${index}.0` : `0\\0\\${index}`), position);
    bytes[value(0x00080018) + 5] = 0x30 + index;
    return bytesSource(`s/${index}.dcm`, bytes);
  });
}

/** Where an element of a small file begins. */
function find(view: DataView, tag: number): number {
  for (let at = 132; at + 8 < view.byteLength; at++) {
    if (view.getUint16(at, true) === tag >>> 16 && view.getUint16(at + 2, true) === (tag & 0xffff)) return at;
  }
  throw new Error(`no element ${tag.toString(16)}`);
}

test('DICOM: 20,000 nested sequences, and lengths that never end', async () => {
  const item = Uint8Array.of(0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff);
  const sequence = Uint8Array.of(0x08, 0x00, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff);
  const head = encodeDicomFile([{ tag: 0x00080016, vr: 'UI', value: '1.2' }], EXPLICIT);
  const nested = concatenate([head, ...Array.from({ length: 20_000 }, () => concatenate([sequence, item]))]);
  assert.match(await refusal('a.dcm', nested), /nested too deeply to be real|truncated|ends/);
  const unended = concatenate([head, sequence]);
  assert.match(await refusal('a.dcm', unended), /truncated|damaged/);
});

test.run();
