/** Every transfer syntax that is read, as DCMTK and GDCM wrote and decode it (test/reference/make_compressed.py). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeFrame } from '../../src/formats/dicom/codecs/decode.ts';
import { readDicomHeader } from '../../src/formats/dicom/header.ts';
import { PixelReader } from '../../src/formats/dicom/pixels.ts';
import { RefusedError } from '../../src/formats/refusal.ts';
import { bytesSource } from '../../src/formats/source.ts';
import { readFixture } from '../support/fixture.ts';

interface Reference {
  rows: number;
  columns: number;
  /** Values by format. */
  originals: Record<string, number[]>;
  /** `values` where decoding does not give the original. */
  files: Record<string, { format: string; values?: number[] }>;
}

const test = suite('formats/compressed');
const FOLDER = 'reference/formats/compressed';
const fixture = async (name: string) => Uint8Array.from(await readFixture(`${FOLDER}/${name}`));
const reference: Reference = JSON.parse(new TextDecoder().decode(await fixture('expected.json')));
/** Decoders may round the inverse cosine and wavelet transforms differently. */
const ROUNDING = 1;

async function decode(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayLike<number>> {
  const header = readDicomHeader(name, bytes);
  const [image] = header.images;
  if (!image) throw new RefusedError(name, header.fault ?? `modality ${header.identity.modality}`);
  return new PixelReader().read({ source: bytesSource(name, bytes), ...image });
}

for (const [name, { format, values }] of Object.entries(reference.files)) {
  test(name, async () => {
    const decoded = await decode(name, await fixture(name));
    const expected = values ?? reference.originals[format] ?? [];
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (decoded[i] ?? Number.NaN))), 0);
    assert.is(decoded.length, expected.length);
    assert.ok(worst <= (values ? ROUNDING : 0), `differs by up to ${worst}`);
  });

  test(`${name}: truncated anywhere or with any byte changed it is refused or read, and nothing else`, async () => {
    const bytes = await fixture(name);
    for (let end = 0; end < bytes.length; end += 13) {
      const refused = await refusedOr(() => decode(name, bytes.slice(0, end)));
      assert.ok(refused, `${end} of ${bytes.length} bytes were taken for the whole`);
    }
    for (let at = 132; at < bytes.length; at += 9) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await refusedOr(() => decode(name, changed));
    }
  });
}

test('high-throughput JPEG 2000', async () => {
  const [rows, columns] = [21, 27];
  const shape = { rows, columns, bitsAllocated: 16, name: 'a.dcm' } as const;
  const decoded = await decodeFrame('1.2.840.10008.1.2.4.201', await fixture('high-throughput.j2c'), shape);
  const expected = Uint16Array.from(
    { length: rows * columns },
    (_, i) => (i * 37 + Math.floor(i / columns) * 100) % 4096,
  );
  assert.equal(decoded, expected);
});

/** Whether it was refused; any other error is thrown on. */
async function refusedOr(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return false;
  } catch (error) {
    if (error instanceof RefusedError) return true;
    throw error;
  }
}

test.run();
