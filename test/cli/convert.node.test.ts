import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { synthesiseCtCohort } from '../../src/synthetic/ct/cohort.node.ts';
import { sharedData } from '../support/shared.node.ts';
import { runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('convert');
const folder = temporaryFolder();
const inside = (...parts: string[]) => path.join(folder, ...parts);

/** The command fails with this one line and leaves no file behind. */
async function fails(args: string[], message: RegExp): Promise<void> {
  const { status, errors, stdout } = await runCli(['convert', ...args, inside('out.nii.gz')]);
  assert.is(status, 1);
  assert.is(errors.length, 1, errors.join('\n'));
  assert.match(errors[0] ?? '', message);
  assert.is(stdout, '');
  assert.equal(
    readdirSync(folder).filter((name) => name.includes('out')),
    [],
  );
}

test.before(async () => {
  await synthesiseCtCohort({ subjects: 1, seed: 5, out: inside('cohort'), matrix: 32 });
});

test('a series becomes NIfTI, with its figures as JSON', async () => {
  const { status, stdout } = await runCli(['convert', inside('cohort', 'ct-5-0001'), inside('scan.nii.gz'), '--json']);
  assert.is(status, 0);
  const facts = JSON.parse(stdout);
  const again = JSON.parse((await runCli(['convert', inside('scan.nii.gz'), inside('again.nii'), '--json'])).stdout);
  assert.equal([facts.format, again.format], ['dicom', 'nifti']);
  assert.is(again.hu_sha256, facts.hu_sha256);
  assert.equal(again.size, facts.size);
  assert.match(facts.hu_sha256, /^[0-9a-f]{64}$/);
  const row = readFileSync(inside('cohort', 'labels.csv'), 'utf8').split('\n')[1]?.split(',') ?? [];
  assert.is(facts.age, Math.floor(Number(row[1])));
  assert.is(facts.sex, row[2]);
});

test('a folder without medical images', async () => {
  mkdirSync(inside('empty'));
  writeFileSync(inside('empty', 'notes.txt'), 'nothing');
  await fails([inside('empty')], /: no DICOM or NIfTI file among 1 file$/);
  await fails([inside('nowhere')], /nowhere: no such file or folder$/);
});

test('a truncated DICOM file', async () => {
  cpSync(inside('cohort', 'ct-5-0001'), inside('cut'), { recursive: true });
  const name = readdirSync(inside('cut')).sort()[3] as string;
  truncateSync(inside('cut', name), 1500);
  await fails([inside('cut')], /: file 4 of \d+ and \d+ more: .*(truncat|end|bytes)/);
});

test('a NIfTI file whose header lies about its size', async () => {
  await runCli(['convert', inside('cohort', 'ct-5-0001'), inside('lie.nii')]);
  const bytes = readFileSync(inside('lie.nii'));
  bytes.writeInt16LE(999, 42);
  writeFileSync(inside('lie.nii'), bytes);
  await fails([inside('lie.nii')], /: file 1 of 1: .*999/);
});

test('an output that is no NIfTI name is refused before anything is read', async () => {
  const { status, errors } = await runCli(['convert', inside('nowhere'), inside('scan.png')]);
  assert.is(status, 2);
  assert.match(errors[0] ?? '', /must end in \.nii or \.nii\.gz/);
  assert.not.ok(existsSync(inside('scan.png')));
});

test('real series have the figures that pydicom gives', async () => {
  const file = sharedData('expected.json');
  if (!file) return;
  const expected = JSON.parse(readFileSync(file, 'utf8')).dicom_series as Record<
    string,
    Record<string, number | string>
  >;
  for (const name of ['ct_volumes/series/C3L-00189/', 'ct_volumes/series/CRLM-CT-1004/']) {
    const { stdout } = await runCli(['convert', path.join(path.dirname(file), name), inside('real.nii.gz'), '--json']);
    const facts = JSON.parse(stdout);
    const want = expected[name] ?? {};
    assert.equal(facts.size, [want.cols, want.rows, want.slices]);
    assert.equal(
      [facts.slice_step, facts.hu_min, facts.hu_max, facts.hu_sha256, facts.sex],
      [want.slice_step_mm, want.hu_min, want.hu_max, want.sha256_int16le_hu_zyx, want.sex],
    );
    assert.is(facts.age, Number.parseInt(String(want.age), 10));
    assert.ok(Math.abs(facts.hu_mean - Number(want.hu_mean)) < 1e-6);
  }
});

test.run();
