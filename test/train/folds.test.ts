import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assignFolds, splitFold } from '../../src/train/folds.ts';
import { randomStream } from '../../src/util/random.ts';

interface Row {
  subject: string;
  age: number;
  sex: 'F' | 'M' | 'O' | '';
}

/** A random table: some patients with several studies, some without a known sex, many equal ages. */
function randomTable(seed: number): Row[] {
  const stream = randomStream(seed, 'table');
  const patients = 12 + stream.integer(60);
  const rows: Row[] = [];
  for (let patient = 0; patient < patients; patient++) {
    const sex = (['F', 'M', 'O', ''] as const)[stream.integer(4)] ?? '';
    const age = 20 + stream.integer(65);
    for (let study = stream.integer(stream.integer(5) + 1); study >= 0; study--)
      rows.push({ subject: `p${patient}`, age: age + study, sex });
  }
  return stream.permutation(rows.length).map((index) => rows[index] as Row);
}

const patientsAt = (rows: Row[], indices: number[]) => new Set(indices.map((index) => (rows[index] as Row).subject));
const disjoint = (a: Set<string>, b: Set<string>) => [...a].every((subject) => !b.has(subject));

/** Random tables that are split; a few milliseconds each. */
const TABLES = 10_000;

const test = suite('folds');

test('no patient is in two parts, whatever the table', () => {
  for (let seed = 0; seed < TABLES; seed++) {
    const rows = randomTable(seed);
    const count = 2 + (seed % 5);
    const folds = assignFolds(rows, count, seed);
    const tested: number[] = [];
    for (let fold = 0; fold < count; fold++) {
      const split = splitFold(rows, folds, fold, 0.2, seed);
      const [training, validation, held] = [split.training, split.validation, split.test].map((part) =>
        patientsAt(rows, part),
      );
      assert.ok(
        training && validation && held && training.size > 0 && validation.size > 0 && held.size > 0,
        `table ${seed}, fold ${fold}`,
      );
      assert.ok(
        disjoint(training, validation) && disjoint(training, held) && disjoint(validation, held),
        `leak in table ${seed}, fold ${fold}`,
      );
      assert.is(split.training.length + split.validation.length + split.test.length, rows.length);
      tested.push(...split.test);
    }
    assert.equal(
      tested.sort((a, b) => a - b),
      Array.from(rows.keys()),
      `table ${seed}: every study is tested once`,
    );
  }
});

test('folds hold alike many patients of alike ages and sexes', () => {
  const stream = randomStream(5, 'cohort');
  const rows = Array.from({ length: 200 }, (_, i) => ({
    subject: `s${i}`,
    age: stream.uniform(20, 85),
    sex: i % 2 ? ('F' as const) : ('M' as const),
  }));
  const folds = assignFolds(rows, 5, 11);
  const overall = rows.reduce((sum, row) => sum + row.age, 0) / rows.length;
  for (let fold = 0; fold < 5; fold++) {
    const members = rows.filter((_, i) => folds[i] === fold);
    const mean = members.reduce((sum, row) => sum + row.age, 0) / members.length;
    assert.is(members.length, 40);
    assert.is(members.filter((row) => row.sex === 'F').length, 20);
    assert.ok(Math.abs(mean - overall) < 1, `fold ${fold} has mean age ${mean}, all ${overall}`);
  }
});

test('the folds are a function of table and seed and do not depend on the pseudonyms', () => {
  const rows = randomTable(3);
  const renamed = rows.map((row) => ({ ...row, subject: `x${row.subject.split('').reverse().join('')}` }));
  assert.equal(assignFolds(rows, 4, 9), assignFolds(rows, 4, 9));
  assert.equal(assignFolds(rows, 4, 9), assignFolds(renamed, 4, 9));
  assert.not.equal(assignFolds(rows, 4, 9), assignFolds(rows, 4, 10));
});

test('too few patients are refused with the numbers', () => {
  const rows = ['a', 'a', 'a', 'b'].map((subject) => ({ subject, age: 50, sex: '' as const }));
  assert.throws(() => assignFolds(rows, 3, 1), /3 folds need at least 3 patients, but the data hold 2/);
  assert.throws(() => assignFolds(rows, 1, 1), /at least 2/);
});

test.run();
