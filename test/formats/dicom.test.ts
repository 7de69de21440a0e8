import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAge, parseDate, patientAge } from '../../src/formats/dicom/demographics.ts';
import type { CtImage, DicomIdentity } from '../../src/formats/dicom/header.ts';
import { SharedParts } from '../../src/formats/dicom/shared-parts.ts';
import { decimalString, writeCtSlice } from '../../src/formats/dicom/write.ts';
import { refusalLine } from '../../src/formats/refusal.ts';
import { bytesSource, type FileSource } from '../../src/formats/source.ts';
import { readStudies, type Study } from '../../src/formats/studies.ts';
import { axisCodes, shear, type Vector3 } from '../../src/formats/volume.ts';
import { encodeElements, file, makeSeries, makeSlice } from './make.ts';

const test = suite('formats/dicom');
const EXPLICIT = '1.2.840.10008.1.2.1';

/** The one study in these files. */
async function only(sources: FileSource[]): Promise<Study> {
  const { studies, refused } = await readStudies(sources);
  assert.equal(refused.map(refusalLine), []);
  assert.is(studies.length, 1);
  return studies[0] as Study;
}

/** The one line with which these files are refused. */
async function refusal(sources: FileSource[]): Promise<string> {
  const { studies, refused } = await readStudies(sources);
  assert.is(studies.length, 0);
  assert.is(refused.length, 1);
  const line = refused.map(refusalLine).join();
  assert.not.match(line, /\n/);
  return line;
}

test('a series becomes a volume, whatever the order of its files', async () => {
  const sources = makeSeries('scan', 4);
  const [a, b, c, d] = sources as [FileSource, FileSource, FileSource, FileSource];
  const study = await only([
    { ...c, name: 'scan/a' },
    { ...a, name: 'scan/b' },
    { ...d, name: 'scan/c' },
    { ...b, name: 'scan/d' },
  ]);
  assert.equal(study.files, ['scan/b', 'scan/d', 'scan/a', 'scan/c']);
  assert.is(study.name, 'scan');
  assert.equal([study.patientId, study.age, study.sex, study.seriesUid], ['P1', 47, 'F', '2.25.2']);
  assert.equal(study.size, [4, 3, 4]);
  assert.equal(study.spacing, [0.8, 0.7, 2]);
  const volume = await study.load();
  assert.instance(volume.data, Int16Array);
  const expected = [0, 1, 2, 3].flatMap((z) => Array.from({ length: 12 }, (_, i) => z * 100 + i - 1024));
  assert.equal([...volume.data], expected);
  assert.is(axisCodes(volume.affine), 'LPS');
  assert.equal(volume.affine, [-0.8, 0, 0, 10, 0, -0.7, 0, 20, 0, 0, 2, 30, 0, 0, 0, 1]);
});

test('what the files of a series have in common is in memory once', async () => {
  const { plan } = await only(makeSeries('scan', 4));
  assert.is(plan.kind, 'dicom');
  if (plan.kind !== 'dicom') return;
  assert.is(new Set(plan.slices.map(({ pixels }) => pixels)).size, 1);
  assert.is(new Set(plan.slices.map(({ place }) => place)).size, 1);
  const parts = new SharedParts();
  const [one, same, other] = [
    [1, 0, 0],
    [1, 0, 0],
    [1, 0, -0],
  ].map((rowDirection) => {
    const { pixels, place } = plan.slices[0] as (typeof plan.slices)[0];
    const geometry = { position: [0, 0, 0], rowDirection, columnDirection: [0, 1, 0], spacing: [1, 1] };
    const image = { pixels, place, geometry, sopUid: '', frame: 0 } as unknown as CtImage;
    const header = { identity: {} as DicomIdentity, images: [image], fault: null };
    return parts.header(header, bytesSource('a', new Uint8Array())).images[0]?.geometry.rowDirection;
  });
  assert.is(one, same);
  assert.ok(Object.is(other?.[2], -0), 'the sign of a zero is kept');
  assert.ok(Object.is(one?.[2], 0));
});

test('the same slice gives the same bytes', () => {
  assert.equal(writeCtSlice(makeSlice(1)), writeCtSlice(makeSlice(1)));
  assert.not.equal(writeCtSlice(makeSlice(1)), writeCtSlice(makeSlice(2)));
});

test('the writer refuses what does not fit the format', () => {
  assert.throws(() => writeCtSlice(makeSlice(0, { pixels: new Int16Array(5) })), /5 pixels for 3 rows × 4 columns/);
  assert.throws(() => writeCtSlice(makeSlice(0, { age: 47.5 })), /age 47.5/);
  assert.throws(() => writeCtSlice(makeSlice(0, { sopUid: '2.25.x' })), /bad UID/);
});

test('decimal strings have at most 16 characters and the digits that fit', () => {
  assert.is(decimalString(-0), '0');
  assert.is(decimalString(0.1), '0.1');
  assert.is(decimalString(-Math.SQRT1_2), '-0.7071067811865');
  assert.is(decimalString(1 / 3), '0.33333333333333');
  assert.throws(() => decimalString(Number.NaN));
  for (const value of [1e-7 / 3, -123456.789012345, 1e300 / 7]) {
    assert.ok(decimalString(value).length <= 16);
    assert.ok(Math.abs(Number(decimalString(value)) / value - 1) < 1e-8);
  }
});

test('slices along any direction: the affine follows position and orientation', async () => {
  const [c, s] = [Math.cos(0.5), Math.sin(0.5)];
  const study = await only(
    makeSeries('coronal', 3, (index) => ({
      // Columns run to the left, rows to the feet, slices (their cross product) to the back.
      orientation: [c, s, 0, 0, 0, -1],
      position: [-s * 3 * index + 5, c * 3 * index, 100] as Vector3,
    })),
  );
  const { affine } = await study.load();
  // The normal is (−s, c, 0); the files' order along it is their own.
  const expected = [-c * 0.8, 0, s * 3, -5, -s * 0.8, 0, -c * 3, 0, 0, -0.7, 0, 100];
  for (const [i, value] of expected.entries()) assert.ok(Math.abs((affine[i] ?? 0) - value) < 1e-9, `${affine}`);
});

test('a volume is float32 as soon as one value is no 16-bit integer', async () => {
  const fraction = await (await only(makeSeries('a', 3, (index) => (index === 2 ? { slope: 1.5 } : {})))).load();
  assert.instance(fraction.data, Float32Array);
  assert.is(fraction.data[1], 1 - 1024);
  assert.is(fraction.data[24 + 1], 201 * 1.5 - 1024);
  const wide = await (await only(makeSeries('a', 3, () => ({ slope: 200 })))).load();
  assert.instance(wide.data, Float32Array);
  assert.is(wide.data.at(-1), 211 * 200 - 1024);
  const edge = await (
    await only(makeSeries('a', 3, () => ({ pixels: new Int16Array(12).fill(-32768), intercept: 0 })))
  ).load();
  assert.instance(edge.data, Int16Array);
});

test('several patients in one folder are several studies', async () => {
  const mixed = ['P1', 'P2'].flatMap((patientId, p) =>
    makeSeries('all', 3, (index) => ({
      patientId,
      studyUid: `2.25.1${p}`,
      seriesUid: `2.25.2${p}`,
      sopUid: `2.25.7${p}${index}`,
    })).map((source, i) => ({ ...source, name: `all/${i}-${patientId}` })),
  );
  const { studies } = await readStudies(mixed);
  assert.equal(
    studies.map((study) => [study.patientId, study.files.length]),
    [
      ['P1', 3],
      ['P2', 3],
    ],
  );
});

test('of several series the longest original axial one is taken and the others are named with the reason', async () => {
  const series = (name: string, uid: number, count: number, imageType: string[]) =>
    makeSeries(name, count, (index) => ({
      seriesUid: `2.25.2${uid}`,
      seriesNumber: uid,
      sopUid: `2.25.${uid}${index}`,
      imageType,
    }));
  const study = await only([
    ...series('scout', 1, 3, ['ORIGINAL', 'PRIMARY', 'LOCALIZER']),
    ...series('short', 2, 3, ['ORIGINAL', 'PRIMARY', 'AXIAL']),
    ...series('long', 3, 4, ['ORIGINAL', 'PRIMARY', 'AXIAL']),
    ...series('derived', 4, 6, ['DERIVED', 'SECONDARY', 'REFORMATTED']),
    file(
      'report.dcm',
      encodeElements(EXPLICIT, {
        524384: { vr: 'CS', value: 'SR' },
        2097166: { vr: 'UI', value: '2.25.5' },
        1048608: { vr: 'LO', value: 'P1' },
      }),
    ),
  ]);
  assert.is(study.name, 'long');
  assert.equal(study.others.map(refusalLine).sort(), [
    'derived/0.dcm and 5 more: 6 slices, but not of original axial images (DERIVED\\SECONDARY\\REFORMATTED); series 3 with 4 slices is used',
    'report.dcm: modality SR, not CT',
    'scout/0.dcm and 2 more: a localiser, not a volume',
    'short/0.dcm and 2 more: 3 slices; of this study, series 3 with 4 slices is used',
  ]);
});

test('what makes no regular grid is refused with the numbers', async () => {
  const at = (positions: Vector3[]) =>
    makeSeries('s', positions.length, (i) => ({ position: positions[i] ?? [0, 0, 0] }));
  assert.match(await refusal(makeSeries('s', 1)), /^s\/0\.dcm: 1 slice makes no volume/);
  assert.match(await refusal(makeSeries('s', 2)), /2 slices make no volume \(at least 3/);
  assert.match(
    await refusal(
      at([
        [0, 0, 0],
        [0, 0, 2],
        [0, 0, 4],
        [0, 0, 8],
      ]),
    ),
    /1 slice is missing: the step is 2 mm but 4 mm between s\/2\.dcm and s\/3\.dcm \(--mend-gaps interpolates\)/,
  );
  assert.match(
    await refusal(
      at([
        [0, 0, 0],
        [0, 0, 2],
        [0, 0, 4],
        [0, 0, 7],
      ]),
    ),
    /uneven slice distances: 2 mm to 3 mm/,
  );
  assert.match(
    await refusal(
      at([
        [0, 0, 0],
        [0, 0, 2],
        [0, 0, 2],
        [0, 0, 4],
      ]),
    ),
    /two images lie in the same place, 2 mm along the slice normal: s\/1\.dcm and s\/2\.dcm/,
  );
  assert.match(
    await refusal(
      at([
        [0, 0, 0],
        [0, 2, 2],
        [0, 4, 4],
      ]),
    ),
    /stacked 45\.0° off their normal; a gantry tilts by 35° at most/,
  );
  assert.match(
    await refusal(
      at([
        [0, 0, 0],
        [0, 5, 2],
        [0, 0, 4],
      ]),
    ),
    /s\/1\.dcm lies 5 mm beside the line of the other slices/,
  );
});

test('a tilted gantry shears the grid', async () => {
  const study = await only(makeSeries('s', 4, (index) => ({ position: [10, 20 + index, 2 * index] })));
  assert.equal(study.affine, [-0.8, 0, 0, -10, 0, -0.7, -1, -20, 0, 0, 2, 0, 0, 0, 0, 1]);
  assert.ok(Math.abs(shear(study.affine) - (Math.atan(0.5) * 180) / Math.PI) < 1e-9);
});

test('single missing slices are interpolated where that is asked for, others refused', async () => {
  const heights = (places: readonly number[], step = 2) =>
    makeSeries('s', places.length, (i) => ({
      position: [0, 0, step * (places[i] ?? 0)],
      pixels: new Int16Array(12).fill(100 * (places[i] ?? 0) + i),
    }));
  const mended = await readStudies(heights([0, 1, 3, 4, 5]), undefined, { mendGaps: true });
  const [study] = mended.studies as [Study];
  assert.equal([study.size, study.spacing[2]], [[4, 3, 6], 2]);
  assert.match(study.warnings.join(), /slice 3 of 6 is missing \(at 0\.0, 0\.0, 4\.0 mm\) and is interpolated/);
  const { data } = await study.load();
  assert.equal(
    [0, 1, 2, 3, 4, 5].map((z) => (data[12 * z + 5] ?? 0) + 1024),
    [0, 101, 202, 302, 403, 504],
  );
  for (const sources of [heights([0, 1, 4, 5, 6]), heights([0, 1, 3, 4, 6, 7, 8]), heights([0, 1, 3, 4], 6)]) {
    const { studies, refused } = await readStudies(sources, undefined, { mendGaps: true });
    assert.is(studies.length, 0);
    assert.match(
      refused[0]?.cause ?? '',
      /^[12] slices? (is|are) missing: the step is [26] mm but (4|6|12) mm between s\/\d\.dcm and s\/\d\.dcm$/,
    );
  }
});

test('mixed sizes, orientations and spacings are refused', async () => {
  const odd = (changes: Parameters<typeof makeSlice>[1]) =>
    refusal(makeSeries('s', 4, (index) => (index === 2 ? (changes ?? {}) : {})));
  assert.match(await odd({ rows: 5 }), /mixes sizes: 4 × 3 and 4 × 5 \(s\/0\.dcm, s\/2\.dcm\)/);
  assert.match(await odd({ orientation: [1, 0, 0, 0, 0, -1] }), /mixes orientations: turned by 90\.0°/);
  assert.match(await odd({ spacing: [0.7, 0.9] }), /mixes pixel spacings: 0\.8 mm and 0\.9 mm/);
  const [first] = makeSeries('s', 1, () => ({ sopUid: '2.25.8' }));
  assert.match(
    await refusal([...makeSeries('s', 3), { ...(first as FileSource), name: 's/other.dcm' }]),
    /two images lie in the same place, 30 mm/,
  );
});

test('an image that is there twice is used once; two images under one UID are refused', async () => {
  const [first] = makeSeries('s', 1) as [FileSource];
  const study = await only([...makeSeries('s', 3), { ...first, name: 's/copy.dcm' }]);
  assert.equal(study.size, [4, 3, 3]);
  assert.equal(study.files, ['s/0.dcm', 's/1.dcm', 's/2.dcm', 's/copy.dcm']);
  assert.match(study.warnings.join(), /1 image is there more than once \(s\/copy\.dcm\); it is used once/);
  assert.equal((await study.load()).data, (await (await only(makeSeries('s', 3))).load()).data);
  const [other] = makeSeries('s', 1, () => ({ intercept: -1024, pixels: new Int16Array(12) })) as [FileSource];
  const contradiction = await only([...makeSeries('s', 3), { ...other, name: 's/other.dcm' }]);
  try {
    await contradiction.load();
    assert.unreachable();
  } catch (error) {
    assert.match(
      (error as Error).message,
      /^s\/0\.dcm and 1 more: two files with the same SOPInstanceUID hold different/,
    );
  }
});

test('a refused series lists every file: copies, and those that are whole', async () => {
  const [first] = makeSeries('s', 1) as [FileSource];
  const filesOf = async (sources: FileSource[]) =>
    (await readStudies(sources)).refused.map(({ files, cause }) => [...files, cause]);
  const [copied] = await filesOf([...makeSeries('s', 2), { ...first, name: 's/copy.dcm' }]);
  assert.equal(copied?.slice(0, -1), ['s/0.dcm', 's/1.dcm', 's/copy.dcm']);
  const cut = makeSeries('s', 3).with(1, file('s/1.dcm', writeCtSlice(makeSlice(1)).subarray(0, -8)));
  const [damaged] = await filesOf(cut);
  assert.equal(damaged?.slice(0, -1), ['s/1.dcm', 's/0.dcm', 's/2.dcm']);
  assert.match(
    damaged?.at(-1) ?? '',
    /^the first of these files is of no use, and without it the series of 3 is not whole: /,
  );
});

test('a series whose files give several studies is one, with a warning', async () => {
  const study = await only(makeSeries('s', 3, (index) => ({ studyUid: `2.25.1${index}` })));
  assert.equal(study.size, [4, 3, 3]);
  assert.match(study.warnings.join(), /3 different StudyInstanceUIDs, but one series/);
});

test('positions rounded to a tenth of a millimetre still make a grid', async () => {
  const study = await only(makeSeries('s', 9, (index) => ({ position: [0, 0, Math.round(6.25 * index) / 10] })));
  assert.ok(Math.abs(study.spacing[2] - 0.625) < 1e-9);
});

test('images that are no plain CT slices are refused by what they are', async () => {
  const plain = {
    2621442: { vr: 'US', value: [1] },
    2621444: { vr: 'CS', value: 'MONOCHROME2' },
    2621456: { vr: 'US', value: [2] },
    2621457: { vr: 'US', value: [2] },
    2621696: { vr: 'US', value: [16] },
    2625618: { vr: 'DS', value: '-1024' },
    2625619: { vr: 'DS', value: '1' },
    2145386512: { vr: 'OW', value: new Uint8Array(8) },
  };
  const cause = (changes: Parameters<typeof encodeElements>[1], syntax = EXPLICIT) =>
    refusal([file('x.dcm', encodeElements(syntax, { ...plain, ...changes }))]);
  assert.match(await cause({}), /it lacks the image position \(0020,0032\)/);
  assert.match(
    await cause({ 2621456: { vr: 'US', value: [65535] }, 2621457: { vr: 'US', value: [65535] } }),
    /65535 rows × 65535 columns need 8589672450 bytes of pixel data, the file has 8/,
  );
  assert.match(await cause({ 2621456: { vr: 'US', value: [0] } }), /impossible size of 0 rows × 2 columns/);
  assert.match(await cause({ 2621696: { vr: 'US', value: [32] } }), /only 8 and 16 allocated bits are read/);
  assert.match(
    await cause({ 2621697: { vr: 'US', value: [12] }, 2621698: { vr: 'US', value: [3] } }),
    /impossible pixel format: 12 bits stored of 16 allocated, high bit 3/,
  );
  assert.match(await cause({ 2621448: { vr: 'IS', value: '3' } }), /3 frames, but 0 say where they lie \(5200,9230\)/);
  assert.match(
    await cause({ 2621442: { vr: 'US', value: [3] }, 2621444: { vr: 'CS', value: 'RGB' } }),
    /one grey value a pixel, this one 3 \(RGB\)/,
  );
  assert.match(await cause({ 2625619: { vr: 'DS', value: '' } }), /no HU: rescale slope is absent/);
  assert.match(await cause({ 2625619: { vr: 'DS', value: '1,5' } }), /\(0028,1053\) should hold a number but is "1,5"/);
  assert.match(await cause({ 2625620: { vr: 'LO', value: 'Z_EFF' } }), /its values are Z_EFF, not HU/);
  assert.match(
    await cause({}, '1.2.840.10008.1.2.4.90'),
    /pixel data are plain though its transfer syntax is JPEG 2000 \(Lossless Only\), 1\.2\.840\.10008\.1\.2\.4\.90/,
  );
  assert.match(await cause({}, '1.2.840.10008.1.2.1.99'), /damaged deflated data set/);
  assert.match(await cause({}, '1.2.3.4'), /unknown transfer syntax 1\.2\.3\.4/);
});

test('a truncated file is never taken for a whole one', async () => {
  const whole = writeCtSlice(makeSlice(3));
  const others = makeSeries('s', 3);
  assert.is((await only([...others, file('s/3.dcm', whole)])).size[2], 4);
  for (let length = 0; length < whole.length; length++) {
    const { studies, refused } = await readStudies([...others, file('s/3.dcm', whole.subarray(0, length))]);
    const lines = refused.map(refusalLine).filter((line) => line.includes('s/3.dcm'));
    assert.is(lines.length, 1, `cut at byte ${length}`);
    for (const study of studies)
      assert.match(study.warnings.join(), /s\/3\.dcm in the same folder cannot be read/, `cut at byte ${length}`);
    // As soon as the file names its series, that series is known to lack a slice.
    if (length > 700) assert.is(studies.length, 0, `cut at byte ${length}`);
  }
});

test('a damaged length is refused', async () => {
  const bytes = writeCtSlice(makeSlice(0));
  new DataView(bytes.buffer).setUint32(bytes.length - 24 - 4, 0xfffffff0, true);
  assert.match(
    await refusal([file('a.dcm', bytes)]),
    /truncated: element \(7FE0,0010\) ends at byte \d+ of a file of \d+ bytes/,
  );
});

test('files that are neither are passed over, those that only have the name are refused', async () => {
  const { studies, refused, skipped } = await readStudies([
    file('LICENSE', new Uint8Array(10)),
    file('x/a.dcm', new Uint8Array(200)),
    file('DICOMDIR', encodeElements(EXPLICIT, {})),
  ]);
  assert.equal(studies, []);
  assert.equal(refused.map(refusalLine), [
    'x/a.dcm: named like DICOM, but there is no "DICM" at byte 128 of its 200 bytes',
  ]);
  assert.equal(skipped.map(refusalLine), [
    'DICOMDIR: an index of DICOM files, which are read themselves',
    'LICENSE: neither DICOM nor NIfTI',
  ]);
});

test('ages', () => {
  assert.equal(['068Y', '006M', '8Y', '', '68', 'Y', '0068Y', '000Y'].map(parseAge), [
    68,
    0.5,
    8,
    null,
    null,
    null,
    null,
    null,
  ]);
  assert.ok(Math.abs((parseAge('052W') ?? 0) - 0.9966) < 1e-4);
  assert.ok(Math.abs((parseAge('003D') ?? 0) - 0.0082) < 1e-4);
  assert.is(parseDate('20200229'), 18321);
  assert.is(parseDate('2020.02.29'), 18321);
  assert.equal(['20190229', '20201301', '2020', ''].map(parseDate), [null, null, null, null]);
  const age = (patientAge_: string, birthDate: string, studyDate: string) =>
    patientAge({ patientAge: patientAge_, birthDate, studyDate });
  assert.equal(age('047Y', '19730105', '20200301'), { age: 47, warnings: [] });
  assert.ok(Math.abs((age('', '19730105', '20200301').age ?? 0) - 47.152) < 1e-3);
  assert.equal(age('', '', '20200301'), { age: null, warnings: [] });
  for (const birthDate of ['20200302', '20200301', '18990101']) {
    assert.is(age('', birthDate, '20200301').age, null);
    assert.match(age('', birthDate, '20200301').warnings.join(), /is not believed/);
    assert.equal(age('047Y', birthDate, '20200301'), { age: 47, warnings: [] });
  }
  assert.match(
    age('057Y', '19730105', '20200301').warnings.join(),
    /057Y contradicts study date − birth date = 47\.2 years; the tag is used/,
  );
  assert.match(age('about 50', '', '').warnings.join(), /"about 50" is no age such as 068Y/);
});

test.run();
