import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { synthesiseCtCohort } from '../../src/synthetic/ct/cohort.node.ts';
import { runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('prepare');
const folder = temporaryFolder();
const inside = (...parts: string[]) => path.join(folder, ...parts);
const salted = (name: string) => ({ env: { XDG_CONFIG_HOME: inside(name) } });
const text = (...parts: string[]) => readFileSync(inside(...parts), 'utf8');

/** Patient ct-5-0002 is cut off, ct-5-0003 has no label, a label has no study. */
test.before(async () => {
  await synthesiseCtCohort({ subjects: 4, seed: 5, out: inside('cohort'), matrix: 32 });
  cpSync(inside('cohort'), inside('data'), { recursive: true });
  const name = readdirSync(inside('data', 'ct-5-0002')).sort()[2] as string;
  truncateSync(inside('data', 'ct-5-0002', name), 1500);
  writeFileSync(
    inside('labels.csv'),
    'Subject,Age,Sex\nct-5-0001,41.5,F\nct-5-0002,50,M\nct-5-0004,63,M\nct-5-0009,70,F\n',
  );
});

test('studies are used or refused with their cause, and nobody is named', async () => {
  const args = [
    'prepare',
    'ct',
    '--data',
    inside('data'),
    '--labels',
    inside('labels.csv'),
    '--out',
    inside('prepared'),
    '--json',
  ];
  const { status, stdout, stderr } = await runCli(args, salted('salt-1'));
  assert.is(status, 0, stderr);
  const result = JSON.parse(stdout);
  assert.equal(
    result.studies.map((study: { age: number; sex: string }) => [study.age, study.sex]),
    [
      [41.5, 'F'],
      [63, 'M'],
    ],
  );
  assert.equal(result.labels_without_study, [3, 5]);
  assert.is(result.refused.length, 2);
  assert.match(stderr, /refused: file \d+ of \d+( and \d+ more)?: /);
  assert.match(stderr, /refused: file \d+ of \d+ and \d+ more: labels\.csv has no row for it/);
  assert.match(stderr, /labels\.csv: line 5: there is no such study/);
  const files = readdirSync(inside('prepared')).sort();
  assert.equal(files, ['images.safetensors', 'prepare.json', 'subjects.csv']);
  for (const file of [...files.map((name) => text('prepared', name)), stdout]) assert.not.match(file, /ct-5-000/);
  assert.match(
    text('prepared', 'subjects.csv'),
    /^subject,study,age,sex,scanner,contrast\nS[0-9a-f]{12},1,41\.5,F,agelens synthetic CT,\n/,
  );
});

test('studies of unknown age are kept where they are wanted', async () => {
  const args = ['prepare', 'ct', '--data', inside('cohort'), '--labels', inside('labels.csv'), '--unknown-ages'];
  const { status, stdout, stderr } = await runCli([...args, '--out', inside('unknown')], salted('salt-1'));
  assert.is(status, 0, stderr);
  assert.match(stdout, /study 3: S[0-9a-f]{12}, age unknown, sex [FM]\n/);
  const ages = text('unknown', 'subjects.csv')
    .trim()
    .split('\n')
    .map((line) => line.split(',')[2]);
  assert.equal(ages, ['age', '41.5', '50', '', '63']);
});

test('the order of studies and the pictures do not depend on the salt, the pseudonyms do', async () => {
  const subjects: string[] = [];
  const images: string[] = [];
  for (const salt of ['salt-1', 'salt-2', 'salt-1']) {
    const args = ['prepare', 'ct', '--data', inside('cohort'), '--out', inside('again'), '--json'];
    const result = JSON.parse((await runCli(args, salted(salt))).stdout);
    subjects.push(result.studies.map((study: { subject: string }) => study.subject).join(' '));
    images.push(result.images_sha256);
    assert.equal(
      result.studies.map((study: { study: number }) => study.study),
      [1, 2, 3, 4],
    );
  }
  assert.is(images[0], images[1]);
  assert.is(subjects[0], subjects[2]);
  assert.is.not(subjects[0], subjects[1]);
  assert.not.match(subjects[0] ?? '', /ct-5-000/);
});

test('threads that read ahead change nothing: not the order, not a bit, not a refusal', async () => {
  const outcomes = [];
  for (const workers of ['0', '1', '3']) {
    const args = ['--data', inside('data'), '--labels', inside('labels.csv'), '--out', inside(`threads-${workers}`)];
    const { stdout, stderr } = await runCli(
      ['prepare', 'ct', ...args, '--workers', workers, '--json'],
      salted('salt-1'),
    );
    const { out, ...result } = JSON.parse(stdout);
    outcomes.push([result, stderr.split('\n').filter((line) => line.startsWith('refused'))]);
    const { most } = /at most (?<most>\d) of 3 studies in memory, \d+ MB/.exec(stderr)?.groups ?? {};
    assert.is(most, workers === '3' ? '3' : '2', stderr);
    assert.ok(out);
  }
  assert.equal(outcomes[1], outcomes[0]);
  assert.equal(outcomes[2], outcomes[0]);
});

test('the contact sheet shows every study, names nobody and asks for nothing', async () => {
  const args = ['prepare', 'ct', '--data', inside('cohort'), '--out', inside('sheet'), '--qa', '--json'];
  const result = JSON.parse((await runCli(args, salted('salt-1'))).stdout);
  assert.equal(readdirSync(inside('sheet')).sort(), ['images.safetensors', 'prepare.json', 'qa.html', 'subjects.csv']);
  assert.is(result.images_sha256, JSON.parse(text('again', 'prepare.json')).images_sha256);
  const sheet = text('sheet', 'qa.html');
  assert.is(sheet.match(/<img alt="" src="data:image\/png;base64,iVBOR/g)?.length, 4);
  assert.not.match(sheet, /ct-5-000|https?:/);
  for (const { subject } of result.studies) assert.ok(sheet.includes(subject));
});

test('shards, in any order and one of them twice, are gathered to the bytes of one run', async () => {
  const args = (...more: string[]) =>
    runCli(
      ['prepare', 'ct', '--data', inside('cohort'), '--out', inside('parts'), '--json', ...more],
      salted('salt-1'),
    );
  const shards = [];
  for (const shard of ['2/3', '1/3', '2/3']) shards.push(JSON.parse((await args('--shard', shard)).stdout));
  assert.equal(
    shards.map(({ studies, done_before }) => [studies, done_before]),
    [
      [1, 0],
      [2, 0],
      [1, 1],
    ],
  );
  assert.not.ok(existsSync(inside('parts')));
  assert.is(readdirSync(inside('parts.units')).length, 3);
  for (const name of readdirSync(inside('parts.units'))) assert.not.match(text('parts.units', name), /ct-5-000/);
  const damaged = readdirSync(inside('parts.units')).sort()[0] as string;
  truncateSync(inside('parts.units', damaged), 1000);
  const result = JSON.parse((await args()).stdout);
  assert.is(result.images_sha256, JSON.parse(text('again', 'prepare.json')).images_sha256);
  assert.is(text('parts', 'subjects.csv'), text('again', 'subjects.csv'));
  assert.is(JSON.parse((await args('--shard', '1/1')).stdout).done_before, 4);
  assert.match((await args('--shard', '4/3')).errors.join(), /--shard is I\/N such as 2\/8/);
});

test('nothing is written when nothing can be used, and no foreign folder is replaced', async () => {
  rmSync(inside('again'), { recursive: true });
  writeFileSync(inside('other.csv'), 'subject,age\nnobody,40\n');
  const none = await runCli(
    ['prepare', 'ct', '--data', inside('cohort'), '--labels', inside('other.csv'), '--out', inside('again')],
    salted('salt-1'),
  );
  assert.is(none.status, 1);
  assert.match(
    none.errors.join('\n'),
    /^agelens prepare ct: no study can be used: 4 refused, the first because: other\.csv has no row for it$/,
  );
  assert.not.ok(existsSync(inside('again')));
  mkdirSync(inside('mine'));
  writeFileSync(inside('mine', 'thesis.txt'), 'mine');
  const foreign = await runCli(
    ['prepare', 'ct', '--data', inside('cohort'), '--out', inside('mine')],
    salted('salt-1'),
  );
  assert.is(foreign.status, 1);
  assert.match(foreign.errors.join('\n'), /mine: the folder holds other files/);
  assert.equal(readdirSync(inside('mine')), ['thesis.txt']);
  assert.equal(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );
});

test('bad label files and options are refused before any work', async () => {
  const prepare = (...more: string[]) =>
    runCli(['prepare', 'ct', '--data', inside('cohort'), '--out', inside('x'), ...more], salted('salt-1'));
  writeFileSync(inside('bad.csv'), 'subject,years\nct-5-0001,40\n');
  assert.match((await prepare('--labels', inside('bad.csv'))).errors.join('\n'), /bad\.csv: there is no column "age"/);
  assert.match(
    (await prepare('--labels', inside('none.csv'))).errors.join('\n'),
    /none\.csv: the label file cannot be read/,
  );
  const slab = await prepare('--slab', '0');
  assert.is(slab.status, 2);
  assert.match(slab.errors.join('\n'), /--slab is "full" or a whole number/);
});

test.run();
