/** Files that others wrote, against what pydicom and nibabel read from them; skipped where they are absent. */
import { readdir, readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readDicomHeader } from '../../src/formats/dicom/header.ts';
import { PixelReader } from '../../src/formats/dicom/pixels.ts';
import { readStudiesAt, walk } from '../../src/formats/files.node.ts';
import { refusalLine } from '../../src/formats/refusal.ts';
import { bytesSource } from '../../src/formats/source.ts';
import { axisCodes, shear, spacing, toWorld, volumeSha256, volumeStatistics } from '../../src/formats/volume.ts';
import { sharedData } from '../support/shared.node.ts';

interface DicomExpected {
  slices: number;
  rows: number;
  cols: number;
  pixel_spacing: [number, number];
  slice_step_mm: number;
  patient_id: string;
  age: string;
  sex: string;
  manufacturer: string;
  hu_min: number;
  hu_max: number;
  hu_mean: number;
  sha256_int16le_hu_zyx: string;
  first_ipp: [number, number, number];
}

interface NiftiExpected {
  shape?: number[];
  affine: number[][];
  axcodes: string;
  min: number;
  max: number;
  mean: number;
  error?: string;
}

interface Expected {
  dicom_series: Record<string, DicomExpected>;
  nifti: Record<string, NiftiExpected>;
}

const test = suite('formats/shared data');
const root = sharedData('expected.json') ? sharedData('.') : null;
const run = root ? test : test.skip;
if (!root) console.log('formats/shared data: skipped, ../shared/data is not here');

const path = (name: string): string => `${root}/${name}`;
const expected = async (): Promise<Expected> => JSON.parse(await readFile(path('expected.json'), 'utf8'));

/** Relative to the larger of the value and 1: values that a slope scales are rounded to float32. */
function near(actual: number | undefined, value: number, tolerance: number, what: string): void {
  const difference = Math.abs((actual ?? Number.NaN) - value);
  assert.ok(difference <= tolerance * Math.max(1, Math.abs(value)), `${what}: ${actual} instead of ${value}`);
}

for (const name of [
  'ct_volumes/series/C3L-00189/',
  'ct_volumes/series/CRLM-CT-1004/',
  'ct_volumes/totalsegmentator/example_ct_dicom/',
]) {
  run(`${name}: every figure and every voxel as with pydicom`, async () => {
    const series = (await expected()).dicom_series[name] as DicomExpected;
    const { studies, refused } = await readStudiesAt(path(name));
    assert.equal(refused, []);
    assert.is(studies.length, 1);
    const study = studies[0];
    if (!study) return;
    assert.equal(study.size, [series.cols, series.rows, series.slices]);
    assert.equal(study.spacing.slice(0, 2), [...series.pixel_spacing].reverse());
    near(study.spacing[2], series.slice_step_mm, 1e-12, 'step');
    assert.equal(
      [study.patientId, study.age, study.sex],
      [series.patient_id, series.age === '' ? null : Number.parseInt(series.age, 10), series.sex || null],
    );
    assert.is(study.manufacturer, series.manufacturer);
    const volume = await study.load();
    const { min, max, mean, notFinite } = volumeStatistics(volume);
    assert.equal([min, max, notFinite], [series.hu_min, series.hu_max, 0]);
    near(mean, series.hu_mean, 1e-12, 'mean');
    assert.is(await volumeSha256(volume), series.sha256_int16le_hu_zyx);
    const [x, y, z] = series.first_ipp;
    assert.equal(toWorld(volume.affine, [0, 0, 0]), [-x, -y, z]);
  });
}

run('one picture in every transfer syntax gives the same values', async () => {
  const folder = path('dicom/cornerstoneWADO/testImages');
  const original = await onlySlice(`${folder}/CTImage.dcm`);
  const names = (await readdir(folder)).filter((name) => name.startsWith('CTImage.dcm_'));
  assert.is(names.length, 15);
  for (const name of names) {
    const values = await onlySlice(`${folder}/${name}`);
    assert.is(values.length, original.length, name);
    // Lossy ones, one of them of 8 bits, differ by their own rounding.
    if (!/JPEGProcess(1|2_4|6_8|10_12)T|LossyT|JPEG2000TransferSyntax/.test(name))
      assert.ok(
        original.every((value, i) => value === values[i]),
        name,
      );
  }
});

/** HU of a file with one CT image. */
async function onlySlice(name: string): Promise<number[]> {
  const bytes = Uint8Array.from(await readFile(name));
  const header = readDicomHeader(name, bytes);
  assert.is(header.fault, null, name);
  const [image] = header.images;
  if (!image) return [];
  const values = await new PixelReader().read({ source: bytesSource(name, bytes), ...image });
  return Array.from(values, (value) => value * image.pixels.slope + image.pixels.intercept);
}

run('every NIfTI file reads as with nibabel, or is refused for what it is', async () => {
  const { nifti } = await expected();
  let read = 0;
  for (const [name, reference] of Object.entries(nifti)) {
    const { studies, refused } = await readStudiesAt(path(name));
    const [study] = studies;
    if (!reference.shape || reference.shape.length > 4) {
      assert.is(studies.length, 0, name);
      assert.is(refused.length, 1, name);
      continue;
    }
    assert.ok(study, name);
    const volume = await study.load();
    assert.equal(volume.size, reference.shape.slice(0, 3), name);
    assert.is(axisCodes(volume.affine), reference.axcodes, name);
    for (const [i, value] of reference.affine.flat().entries()) near(volume.affine[i], value, 1e-5, `${name}: affine`);
    const statistics = volumeStatistics(volume);
    for (const key of ['min', 'max', 'mean'] as const) near(statistics[key], reference[key], 1e-7, `${name}: ${key}`);
    read++;
  }
  assert.ok(read >= 20, `${read} files`);
});

for (const folder of ['dicom', 'nifti', 'ct_slices_age', 'ct_oblique_covid_ny_sbu', 'ct_volumes']) {
  run(`${folder}: every file is read, refused in one line, or no image`, async () => {
    const { studies, refused, skipped } = await readStudiesAt(path(folder));
    const others = studies.flatMap((study) => study.others);
    const files = [...studies, ...refused, ...skipped, ...others].flatMap((entry) => entry.files);
    assert.equal(files.sort(), (await walk(path(folder))).map(({ name }) => name).sort());
    // The large ones are loaded in the tests above.
    for (const study of studies.filter(({ format, size }) => format === 'dicom' && size[2] < 10)) {
      const volume = await study.load();
      assert.is(volume.data.length, volume.size[0] * volume.size[1] * volume.size[2], relative(folder, study.name));
      assert.ok(spacing(volume.affine).every((step) => step > 0));
    }
    for (const refusal of [...refused, ...others]) assert.match(refusalLine(refusal), /^[^\n]+: [^\n]{10,}$/);
  });
}

run('a tilted gantry shears the grid; incomplete and single slices are refused for that reason', async () => {
  const cause = async (name: string) =>
    (await readStudiesAt(path(name))).refused.map((refusal) => refusal.cause).join('|');
  const failing = 'dicom/dicom2nifti/tests/data/failing';
  const [tilted] = (await readStudiesAt(path(`${failing}/gantrytilting/001`))).studies;
  near(tilted && shear(tilted.affine), 14, 1e-3, 'tilt');
  assert.match(await cause(`${failing}/sliceincrement/002`), /^1 slice is missing: the step is 0\.75 mm but 1\.499 mm/);
  assert.match(
    await cause('ct_oblique_covid_ny_sbu'),
    /^(1 slice makes no volume \(at least 3 slices of one series are needed\)\|?)+$/,
  );
});

test.run();
