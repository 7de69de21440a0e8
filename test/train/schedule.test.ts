import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../src/train/config.ts';
import { scheduleOf } from '../../src/train/schedule.ts';

const test = suite('schedules of a training');

const STEPS = 100;
/** Rates of ten epochs of ten steps with a peak of 2 and a warm-up of ten steps. */
function ratesOf(train: object): number[] {
  const config = parseConfig({ train: { epochs: 10, learning_rate: 2, warmup: 0.1, ...train } }, 'test');
  const { lr } = scheduleOf(config.train, STEPS, 10);
  return Array.from({ length: STEPS }, (_, step) => lr(2, step));
}
const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `${actual}, not ${expected}`);
const falls = (rates: number[]) => rates.every((rate, i) => i === 0 || rate <= (rates[i - 1] as number));

test('cosine and line rise to the peak and fall to a hundredth of it', () => {
  for (const schedule of ['cosine', 'linear']) {
    const rates = ratesOf({ schedule });
    for (const [step, rate] of [
      [0, 0.2],
      [9, 2],
      [10, 2],
      [99, 0.02],
    ] as const)
      near(rates[step], rate);
    assert.ok(falls(rates.slice(10)));
  }
  near(ratesOf({ schedule: 'linear' })[10 + 89 / 2 - 0.5], 2 - (44 / 89) * 1.98);
  near(ratesOf({ schedule: 'cosine', warmup: 0 })[0], 2);
});

test('steps fall at epochs of the whole training; constant stays', () => {
  const rates = ratesOf({ schedule: 'step', step_epochs: 4, step_factor: 0.5 });
  for (const [step, rate] of [
    [4, 1],
    [10, 2],
    [39, 2],
    [40, 1],
    [79, 1],
    [80, 0.5],
  ] as const)
    near(rates[step], rate);
  assert.equal(new Set(ratesOf({ schedule: 'constant' }).slice(9)), new Set([2]));
});

test('one cycle goes up over the share of the warm-up and moves the momentum against the rate', () => {
  const rates = ratesOf({ schedule: 'one_cycle' });
  near(rates[0], 2 / 25);
  near(rates[9], 2);
  assert.ok(falls(rates.slice(9)) && (rates[99] as number) < 1e-4);
  const config = parseConfig({ train: { schedule: 'one_cycle' } }, 'test');
  const { momentum } = scheduleOf(config.train, STEPS, 10);
  near(momentum?.(0.9, 0), 0.95);
  near(momentum?.(0.9, 9), 0.85);
});

test('a training of one step has a rate', () => {
  for (const schedule of ['cosine', 'linear', 'step', 'constant', 'one_cycle'] as const) {
    const { train } = parseConfig({ train: { schedule } }, 'test');
    assert.ok(scheduleOf(train, 1, 1).lr(train.learning_rate, 0) > 0);
  }
});

test.run();
