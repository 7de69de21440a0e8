/**
 * Words that stand for what identifies a patient, planted in tags, names of files and folders, and the table of ages:
 * none of them may come out in any message or file.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DicomElement, encodeDicomFile } from '../../src/formats/dicom/encode.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../src/formats/dicom/transfer-syntax.ts';
import { ctElements } from '../../src/formats/dicom/write.ts';
import { makeSlice } from '../formats/make.ts';
import { type Outcome, runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('canaries');
const folder = temporaryFolder();
const inside = (...parts: string[]) => path.join(folder, ...parts);
const SIDE = 24;
const SLICES = 12;
const PATIENTS = 6;

/** Every word that was planted. */
const planted = new Set<string>();

function canary(what: string): string {
  const word = `Canary${what}`;
  planted.add(word);
  return word;
}

function canaryUid(number: number): string {
  const word = `2.25.77007700${number}`;
  planted.add(word);
  return word;
}

/** Tags that say who someone is, or where and by whom they were seen. */
const TEXTS: readonly [tag: number, vr: string, what: string][] = [
  [0x00080050, 'SH', 'Accession'],
  [0x00080080, 'LO', 'Institution'],
  [0x00080081, 'ST', 'InstitutionAddress'],
  [0x00080090, 'PN', 'Referring'],
  [0x00081010, 'SH', 'Station'],
  [0x00081030, 'LO', 'StudyText'],
  [0x0008103e, 'LO', 'SeriesText'],
  [0x00081040, 'LO', 'Department'],
  [0x00081050, 'PN', 'Performing'],
  [0x00081060, 'PN', 'Reading'],
  [0x00081070, 'PN', 'Operator'],
  [0x00100010, 'PN', 'Name'],
  [0x00101000, 'LO', 'OtherId'],
  [0x00101001, 'PN', 'OtherName'],
  [0x00101005, 'PN', 'BirthName'],
  [0x00101040, 'LO', 'Address'],
  [0x00101060, 'PN', 'MotherName'],
  [0x00102154, 'SH', 'Telephone'],
  [0x00102180, 'SH', 'Occupation'],
  [0x001021b0, 'LT', 'History'],
  [0x00104000, 'LT', 'Comments'],
  [0x00181000, 'LO', 'Serial'],
  [0x00181030, 'LO', 'Protocol'],
  [0x00200010, 'SH', 'StudyId'],
  [0x00204000, 'LT', 'ImageComments'],
  [0x00321032, 'PN', 'Requesting'],
  [0x00400254, 'LO', 'StepText'],
];

const BIRTH = '19470823';

/** A cylinder of water in air, one slice of it. */
function pixels(): Int16Array {
  const inBody = (i: number) => Math.hypot((i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2) < SIDE / 3;
  return Int16Array.from({ length: SIDE * SIDE }, (_, i) => (inBody(i) ? 1064 + (i % 5) : 24));
}

function slice(patient: number, index: number, pixelsOf: Int16Array): Uint8Array {
  const elements = ctElements(
    makeSlice(index, {
      patientId: canary(`Patient${patient}`),
      age: 30 + 8 * patient,
      birthDate: BIRTH,
      studyUid: canaryUid(10 + patient),
      seriesUid: canaryUid(20 + patient),
      frameOfReferenceUid: canaryUid(30 + patient),
      sopUid: `${canaryUid(40 + patient)}.${index + 1}`,
      rows: SIDE,
      columns: SIDE,
      pixels: pixelsOf,
    }),
  );
  const more = TEXTS.map(([tag, vr, what]): DicomElement => ({ tag, vr, value: canary(what) }));
  const byTag = new Map([...elements, ...more].map((element) => [element.tag, element]));
  const sorted = [...byTag.values()].sort((a, b) => a.tag - b.tag);
  return encodeDicomFile(sorted, EXPLICIT_LITTLE_ENDIAN);
}

/** Six studies that can be used, and what is refused in different ways. */
test.before(() => {
  planted.add(BIRTH).add('1947-08-23');
  const image = pixels();
  for (let patient = 0; patient < PATIENTS; patient++) {
    const place = inside('scans', canary(`Folder${patient}`));
    mkdirSync(place, { recursive: true });
    for (let i = 0; i < SLICES; i++)
      writeFileSync(path.join(place, `${canary('File')}-${i}.dcm`), slice(patient, i, image));
  }
  const cut = inside('scans', canary('CutFolder'));
  mkdirSync(cut);
  const whole = slice(PATIENTS, 0, image);
  writeFileSync(path.join(cut, `${canary('Cut')}.dcm`), whole.subarray(0, whole.length - 100));
  const gap = inside('scans', canary('GapFolder'));
  mkdirSync(gap);
  for (const i of [0, 1, 2, 5, 6, 9]) writeFileSync(path.join(gap, `${i}.dcm`), slice(PATIENTS + 1, i, image));
  writeFileSync(inside('scans', `${canary('Nifti')}.nii`), new Uint8Array(400));
  writeFileSync(inside('scans', `${canary('Zipped')}.nii.gz`), new Uint8Array(40));
  const rows = Array.from({ length: PATIENTS }, (_, patient) => `CanaryPatient${patient},${30 + 8 * patient},F`);
  writeFileSync(inside('ages.csv'), `subject,age,sex\n${rows.join('\n')}\n${canary('Unscanned')},50,M\n`);
  writeFileSync(inside('faulty.csv'), `subject,age,sex\n41,${canary('Shifted')},F\n`);
});

/** Every file below a folder. */
function filesBelow(at: string): string[] {
  if (!statSync(at).isDirectory()) return [at];
  return readdirSync(at).flatMap((name) => filesBelow(path.join(at, name)));
}

function expectNone(what: string, text: string): void {
  for (const word of planted) {
    const at = text.indexOf(word);
    assert.is(at, -1, `${what} holds ${word}: …${text.slice(Math.max(0, at - 60), at + 60)}…`);
  }
}

async function run(...args: string[]): Promise<Outcome> {
  const outcome = await runCli(args, { env: { XDG_CONFIG_HOME: inside('config') } });
  expectNone(`${args[0]}: standard output`, outcome.stdout);
  expectNone(`${args[0]}: standard error`, outcome.stderr);
  return outcome;
}

test('nothing that identifies a patient comes out of preparing, training, reporting, predicting or explaining', async () => {
  const prepared = await run(
    'prepare',
    'ct',
    '--data',
    inside('scans'),
    '--labels',
    inside('ages.csv'),
    '--out',
    inside('prepared'),
    '--qa',
  );
  assert.is(prepared.status, 0, prepared.stderr);
  assert.match(prepared.stderr, /refused: file \d+ of \d+/);
  const plain = await run('prepare', 'ct', '--data', inside('scans'), '--out', inside('tags'), '--json');
  assert.is(plain.status, 0, plain.stderr);
  const settings = ['--network', 'resnet20', '--folds', '2', '--epochs', '1', '--batch', '2', '--picture', '32'];
  const trained = await run(
    'train',
    '--data',
    inside('prepared'),
    '--out',
    inside('run'),
    ...settings,
    '--set',
    'train.validation=0.34',
  );
  assert.is(trained.status, 0, trained.stderr);
  assert.is((await run('evaluate', '--run', inside('run'))).status, 0);
  assert.is((await run('explain', '--run', inside('run'), '--count', '1', '--layer', 'layer3')).status, 0);
  assert.is((await run('report', '--run', inside('run'))).status, 0);
  const scan = inside('scans', 'CanaryFolder0');
  assert.match((await run('predict', '--run', inside('run'), scan)).stdout, /^input 1: /);
  assert.is(
    (await run('explain', '--run', inside('run'), scan, '--layer', 'layer3', '--out', inside('maps'))).status,
    0,
  );
  const files = ['prepared', 'prepared.units', 'tags', 'run', 'maps'].flatMap((name) => filesBelow(inside(name)));
  assert.ok(files.length > 20, `${files.length} files`);
  for (const file of files) {
    expectNone('a name', path.relative(folder, file));
    expectNone(path.relative(folder, file), readFileSync(file, 'latin1'));
  }
  assert.ok(planted.size >= 30, `${planted.size} words`);
});

test('errors and conversions name no file of a patient', async () => {
  const cut = await run('convert', inside('scans', 'CanaryCutFolder'), inside('cut.nii'));
  assert.is(cut.status, 1);
  const gap = await run('predict', '--run', inside('run'), inside('scans', 'CanaryGapFolder'));
  assert.is(gap.status, 1);
  assert.match(gap.stderr, /input 1: file 1 of 6 and 5 more: /);
  const faulty = await run(
    'prepare',
    'ct',
    '--data',
    inside('scans'),
    '--labels',
    inside('faulty.csv'),
    '--out',
    inside('none'),
  );
  assert.match(faulty.stderr, /faulty\.csv: line 2: age "a+" is not a number/);
  const whole = await run('convert', inside('scans', 'CanaryFolder1'), inside('scan.nii'), '--json');
  assert.is(whole.status, 0, whole.stderr);
  expectNone('NIfTI', readFileSync(inside('scan.nii'), 'latin1'));
});

test('whoever wants the names gets them', async () => {
  const args = ['convert', inside('scans', 'CanaryCutFolder'), inside('cut.nii'), '--keep-identifiers'];
  assert.match((await runCli(args)).stderr, /CanaryCut\.dcm/);
});

test.run();
