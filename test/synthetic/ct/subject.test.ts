import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawAnatomy, type Sex } from '../../../src/synthetic/ct/anatomy.ts';
import { type Anatomy, biologicalSpread, drawCtSubject, truthRow } from '../../../src/synthetic/ct/index.ts';
import { randomStream } from '../../../src/util/random.ts';

const test = suite('synthetic/ct/subject');

/** Mean of each anatomical figure over many people of one biological age. */
function meanAnatomy(age: number, sex: Sex): Record<keyof Anatomy, number> {
  const people = 400;
  const sums = new Map<string, number>();
  for (let i = 0; i < people; i++) {
    const anatomy = drawAnatomy(age, sex, randomStream(3, 'anatomy', age, sex, i));
    for (const [name, value] of Object.entries(anatomy)) sums.set(name, (sums.get(name) ?? 0) + value / people);
  }
  return Object.fromEntries(sums) as Record<keyof Anatomy, number>;
}

const AGES = [20, 30, 40, 50, 60, 70, 80, 88];

test('anatomy changes with age as in life, in one direction, in both sexes', () => {
  const falling: (keyof Anatomy)[] = [
    'trabecularHu',
    'discHeightRatio',
    'muscleHu',
    'muscleRatio',
    'vertebralWedge',
    'corticalRatio',
    'thymusShare',
  ];
  const rising: (keyof Anatomy)[] = [
    'kyphosisDegrees',
    'aorticCalcification',
    'cartilageCalcification',
    'aorticRadiusMm',
    'aorticSwayMm',
    'osteophyteMm',
    'chestDepthRatio',
    'heartRatio',
    'visceralFat',
  ];
  for (const sex of ['F', 'M'] as const) {
    const means = AGES.map((age) => meanAnatomy(age, sex));
    for (const [names, sign] of [
      [falling, -1],
      [rising, 1],
    ] as const) {
      for (const name of names) {
        const values = means.map((mean) => mean[name]);
        const range = Math.abs((values.at(-1) as number) - (values[0] as number));
        assert.ok(sign * ((values.at(-1) as number) - (values[0] as number)) > 0, `${sex} ${name}: ${values}`);
        // What starts only in middle age is flat before; chance may then move it a little.
        values.slice(1).forEach((value, i) => {
          assert.ok(sign * (value - (values[i] as number)) > -0.03 * range, `${sex} ${name}: ${values}`);
        });
      }
    }
  }
});

test('the sizes are those of the literature', () => {
  const [young, old] = [meanAnatomy(20, 'F'), meanAnatomy(80, 'F')];
  assert.ok(Math.abs(young.trabecularHu - 250) < 5, `${young.trabecularHu}`);
  assert.ok(Math.abs(old.trabecularHu - 88) < 8, `${old.trabecularHu}`);
  assert.ok(meanAnatomy(80, 'M').trabecularHu > old.trabecularHu + 10);
  assert.ok(young.kyphosisDegrees > 20 && young.kyphosisDegrees < 30);
  assert.ok(old.kyphosisDegrees > 45 && old.kyphosisDegrees < 60);
  assert.is(meanAnatomy(30, 'M').aorticCalcification, 0);
  assert.ok(meanAnatomy(25, 'M').heightCm > meanAnatomy(25, 'F').heightCm + 8);
});

test('a subject is a function of seed and index alone', () => {
  assert.equal(drawCtSubject(7, 3), drawCtSubject(7, 3));
  assert.not.equal(drawCtSubject(7, 3).anatomy, drawCtSubject(7, 4).anatomy);
  assert.not.equal(drawCtSubject(7, 3).anatomy, drawCtSubject(8, 3).anatomy);
  assert.throws(() => drawCtSubject(-1, 0), /seed -1 is not a whole number/);
  assert.throws(() => drawCtSubject(1, 0.5), /index 0.5 is not a whole number/);
});

test('ages fill 20 to 85 years evenly, whatever the size of the cohort', () => {
  for (const size of [13, 40, 200]) {
    const ages = Array.from({ length: size }, (_, index) => drawCtSubject(1, index).age).sort((a, b) => a - b);
    assert.ok((ages[0] as number) >= 20 && (ages.at(-1) as number) <= 85);
    const gaps = ages.slice(1).map((age, i) => age - (ages[i] as number));
    assert.ok(Math.max(...gaps) < (3 * 65) / size, `${size}: widest gap ${Math.max(...gaps)}`);
  }
});

test('biological age scatters about chronological age as stated', () => {
  const subjects = Array.from({ length: 3000 }, (_, index) => drawCtSubject(2, index));
  const deviates = subjects.map(({ age, biologicalAge }) => (biologicalAge - age) / biologicalSpread(age));
  const mean = deviates.reduce((sum, value) => sum + value, 0) / deviates.length;
  const variance = deviates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / deviates.length;
  assert.ok(Math.abs(mean) < 3 / Math.sqrt(3000), `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 0.08, `variance ${variance}`);
});

test('the truth names what was drawn and what the best predictor would say', () => {
  const subject = drawCtSubject(4, 9);
  const truth = truthRow(subject);
  assert.is(truth.subject, 'ct-4-0010');
  assert.is(truth.subject, subject.id);
  assert.is(drawCtSubject(1, 9).id, 'ct-0010');
  assert.is(truth.sex, subject.sex);
  const numbers: [string, number][] = [
    ['age', subject.age],
    ['biological_age', subject.biologicalAge],
    ['biological_spread', biologicalSpread(subject.age)],
    ['anatomy_trabecular_hu', subject.anatomy.trabecularHu],
    ['anatomy_aortic_calcification', subject.anatomy.aorticCalcification],
    ['scan_step_mm', subject.scan.stepMm],
    ['scan_shift_x', subject.scan.pose.shiftX],
  ];
  for (const [name, value] of numbers)
    assert.ok(Math.abs(Number(truth[name]) - value) < 1e-3, `${name} ${truth[name]} is not ${value}`);
  for (const name of ['ideal_mean', 'ideal_median', 'ideal_sigma', 'ideal_absolute_error'])
    assert.type(truth[name], 'number');
  assert.is(
    Object.keys(truth).filter((name) => name.startsWith('anatomy_')).length,
    Object.keys(subject.anatomy).length,
  );
  assert.ok(Object.values(truth).every((value) => value !== null && value !== undefined));
});

test.run();
