import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { together } from '../../../src/train/metrics/together.ts';
import { near, prediction } from './example.ts';

const test = suite('predictions of several runs together');

test('errors of the average are those of the members less the variance among them', () => {
  const members = [58, 64, 61].map((mean) => prediction(60, mean, { sigma: 8, sigma_raw: 7 }));
  const one = together(members);
  const among = 6; // of 58, 64, 61
  near(one.mean, 61, 1e-6);
  near(one.sigma ** 2, 64 - among, 1e-4);
  near(one.sigma_raw ** 2, 49 + among, 1e-4);
  const squares = members.reduce((sum, { mean, age }) => sum + (mean - age) ** 2, 0) / 3;
  near((one.mean - one.age) ** 2, squares - among, 1e-9);
});

test('a single one stays as it is', () => {
  const alone = prediction(60, 58.5, { fold: 3, row: 7 });
  assert.equal(together([alone]), alone);
});

test('members that differ by more than they allow for leave a part of σ', () => {
  const one = together([prediction(60, 50, { sigma: 2 }), prediction(60, 70, { sigma: 2 })]);
  near(one.sigma, 1, 1e-6);
  assert.throws(() => together([]), /no member/);
});

test.run();
