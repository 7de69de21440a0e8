import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCsv } from '../../src/formats/csv.ts';
import { readLabels } from '../../src/train/labels.ts';

const read = (text: string) => readLabels('labels.csv', readCsv(new TextEncoder().encode(text), 'labels.csv'));
const refuses = (text: string, message: RegExp) =>
  assert.throws(
    () => read(text),
    (error: Error) => message.test(error.message),
  );

const test = suite('labels');

test('rows are found by patient ID and by path, path first', () => {
  const labels = read('Subject,Path,Age,Sex\np1,,40,F\np1,scans/b,41.5,female\np2,x/c.nii.gz,60,M\nlone,,70,');
  assert.is(labels.find({ patientId: 'p1', name: 'scans/a' })?.age, 40);
  assert.is(labels.find({ patientId: 'p1', name: 'scans/b' })?.age, 41.5);
  assert.is(labels.find({ patientId: '', name: './x/c.nii.gz' })?.subject, 'p2');
  assert.is(labels.find({ patientId: 'p3', name: 'scans/z' }), null);
  assert.equal(
    labels.unused().map(({ line }) => line),
    [5],
  );
  assert.is(labels.find({ patientId: '', name: 'deep/lone.nii' })?.age, 70);
  assert.equal(labels.unused(), []);
});

test('a study with a patient ID is not taken for a row that happens to be named like its folder', () => {
  assert.is(read('subject,age\nchest,40').find({ patientId: 'p1', name: 'p1/chest' }), null);
});

test('what cannot be used is refused with the line and without anyone’s ID', () => {
  refuses('subject,years\na,40', /no column "age".*subject, years/);
  refuses('name,age\na,40', /no column "subject".*or "path"/);
  refuses('subject,age', /no rows/);
  refuses('subject,age\na,9999', /labels\.csv: line 2: age 9999/);
  refuses('subject,age\na,', /line 2: age is empty/);
  refuses('subject,age\na,forty', /age "forty"/);
  refuses('subject,age\nsecret,40\nb,50\nsecret,41', /line 4: its subject is already in line 2/);
  assert.throws(
    () => read('subject,age\nsecret,40\nsecret,41'),
    (error: Error) => !error.message.includes('secret'),
  );
});

test.run();
