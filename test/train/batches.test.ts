import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { epochBatches } from '../../src/train/batches.ts';
import { averageDown } from '../../src/train/pictures.ts';

const ramp = (side: number) =>
  Float32Array.from({ length: side * side }, (_, i) => (i % side) + 100 * Math.floor(i / side));
const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-4, `${actual}, not ${expected}`);

const test = suite('batches');

test('averaging down keeps every area: whole and broken ratios', () => {
  assert.equal(Array.from(averageDown(ramp(4), 4, 2)), [50.5, 52.5, 250.5, 252.5]);
  const fine = averageDown(ramp(224), 224, 96);
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(Math.abs(mean(fine) - mean(ramp(224))) < 1e-2);
  near(averageDown(Float32Array.of(0, 3, 6, 0, 3, 6, 0, 3, 6), 3, 2)[0], 1);
  assert.equal(averageDown(ramp(8), 8, 8), ramp(8));
});

test('an epoch shows every row once, in an order of its own', () => {
  const rows = Array.from({ length: 20 }, (_, i) => i + 5);
  const first = epochBatches(rows, 4, 1, 0, 0);
  assert.equal(
    first.flat().sort((a, b) => a - b),
    rows,
  );
  assert.equal(first, epochBatches(rows, 4, 1, 0, 0));
  assert.not.equal(first, epochBatches(rows, 4, 1, 0, 1));
  assert.not.equal(first, epochBatches(rows, 4, 1, 1, 0));
  assert.equal(
    epochBatches(rows, 6, 1, 0, 0).map((batch) => batch.length),
    [6, 6, 6],
  );
  assert.equal(
    epochBatches([7, 8], 4, 1, 0, 0).map((batch) => batch.length),
    [4],
  );
});

test.run();
