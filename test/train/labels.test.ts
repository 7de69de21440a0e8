import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCsv } from '../../src/formats/csv.ts';
import { labelAge, readLabels } from '../../src/train/labels.ts';

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

test('rows are found by the UID of study or series, ahead of all else', () => {
  const labels = read('uid,path,subject,age\n1.2.3,,p1,40\n,scans/a,p2,50\n1.2.9,scans/a,,60');
  assert.is(labels.find({ patientId: 'p9', name: 'scans/a', studyUid: '1.2', seriesUid: '1.2.3' })?.age, 40);
  assert.is(labels.find({ patientId: 'p9', name: 'scans/a', seriesUid: '1.2.9' })?.age, 60);
  assert.is(labels.find({ patientId: 'p9', name: 'scans/a' })?.subject, 'p2');
});

test('ages from dates: of birth and of the study, from the table or from the tags', () => {
  const labels = read('subject,age,birth_date,study_date\na,,1950-03-01,2020-03-01\nb,,19500301,\nc,33,1950-03-01,');
  const age = (patientId: string, studyDate: string) => {
    const label = labels.find({ patientId, name: '' });
    return label && labelAge(label, studyDate);
  };
  assert.ok(Math.abs((age('a', '19991231') ?? 0) - 70) < 0.01);
  assert.ok(Math.abs((age('b', '20000301') ?? 0) - 50) < 0.01);
  assert.is(age('b', ''), null);
  assert.is(age('c', '20000301'), 33);
  refuses('subject,birth_date\na,03/28/1957', /line 2: a date is written ##\/##\/####; write it as 1957-03-28/);
  refuses('subject,birth_date\na,1957-02-30', /a date is written ####-##-##/);
  refuses('subject,birth_date\na,', /neither age nor birth date/);
  refuses('subject,birth_date,study_date\na,2020-01-01,2019-01-01', /age -1 is not a number of years/);
});

test('what cannot be used is refused with the line and without anyone’s ID', () => {
  refuses('subject,years\na,40', /no column "age".*subject, years/);
  refuses('name,age\na,40', /no column "subject".*"path" or "uid"/);
  refuses('subject,age', /no rows/);
  refuses('subject,age\na,9999', /labels\.csv: line 2: age 9999/);
  refuses('subject,age\na,', /line 2: age is empty/);
  refuses('subject,age\na,forty', /age "aaaaa" is not a number/);
  refuses('subject,age\nsecret,40\nb,50\nsecret,41', /line 4: its subject is already in line 2/);
  assert.throws(
    () => read('subject,age\nsecret,40\nsecret,41'),
    (error: Error) => !error.message.includes('secret'),
  );
});

test.run();
