/** The example programs, run as they are on the library's sources. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('examples');

/** What a program exports, without what it prints. */
async function run<T>(load: () => Promise<T>): Promise<T> {
  const { log } = console;
  console.log = () => {};
  try {
    return await load();
  } finally {
    console.log = log;
  }
}

test('curve: a bell is fitted, and a copy gives the same values', async () => {
  const { error, same } = await run(() => import('../examples/curve.ts'));
  assert.ok(error < 0.05, `largest error ${error}`);
  assert.ok(same);
});

test('digits: more than 95 % of digits never seen are read right', async () => {
  const { accuracy } = await run(() => import('../examples/digits.ts'));
  assert.ok(accuracy > 0.95, `accuracy ${accuracy}`);
});

test('custom operation: its gradient holds, and a network learns with it', async () => {
  const { first, last, worst } = await run(() => import('../examples/custom-operation.ts'));
  assert.ok(worst < 5e-3, `gradient off by ${worst}`);
  assert.ok(last < first / 20, `loss ${first} became ${last}`);
});

test.run();
