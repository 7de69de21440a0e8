import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { combine } from '../../../src/train/ensemble.ts';
import type { ExternalResult } from '../../../src/train/external-folder.node.ts';
import { type ExternalPrediction, externalMetrics } from '../../../src/train/metrics/external.ts';
import { renderReport } from '../../../src/train/report/report.ts';
import { EVIL, example, examplePredictions } from './example.ts';
import { body, table, textOf } from './read-page.ts';

const test = suite('report: external test set');

/** Predictions of three models; every fourth age is unknown, or all. */
function result(unknown: 'some' | 'all'): ExternalResult {
  const predictions = examplePredictions({ subjects: 40 }).map((each, i): ExternalPrediction => {
    const members = [0, 1, 2].map((fold) => ({
      fold,
      age: each.mean + fold,
      sigma: each.sigma,
      sigma_raw: each.sigma_raw,
    }));
    const { age: mean, ...combined } = combine(members);
    const { subject, row, scanner, contrast, truth } = each;
    const sex = i % 2 ? 'F' : 'M';
    const age = unknown === 'all' || i % 4 === 1 ? null : each.age;
    return { subject, row, sex, scanner, contrast, truth, age, mean, ...combined };
  });
  const excluded = { pictures: 3, patients: 2 };
  const trainingMeans = new Map([0, 1, 2].map((fold) => [fold, 50]));
  const metrics = externalMetrics(predictions, excluded, { trainingMeans, line: null, seed: 1 });
  return { facts: { fingerprint: 'x-y', recipe: {}, excluded, folds: [0, 1, 2] }, metrics, predictions };
}

test('each model and the ensemble have their row, as in metrics.json', () => {
  const external = result('some');
  const page = renderReport({ ...example(), external });
  const rows = table(page, 'Each fold’s model and the ensemble').slice(1);
  assert.equal(
    rows.map(([model]) => model),
    ['fold 0', 'fold 1', 'fold 2', 'ensemble'],
  );
  external.metrics.models.forEach(({ mae, mean_sigma }, i) => {
    assert.is(Number.parseFloat(rows[i]?.[1] ?? ''), Number(mae.value.toFixed(2)));
    assert.is(Number.parseFloat(rows[i]?.[7] ?? ''), Number(mean_sigma.toFixed(2)));
  });
  const parts = table(page, 'The parts of the ensemble');
  assert.is(Number(parts[1]?.[1]), Number(external.metrics.aleatoric.toFixed(2)));
  assert.is(Number(parts[2]?.[1]), Number(external.metrics.epistemic.toFixed(2)));
});

test('what was left out and what is not known is said, and names are escaped', () => {
  const page = renderReport({ ...example(), external: result('some') });
  const text = textOf(body(page));
  assert.match(text, /3 pictures of 2 patients were left out/);
  assert.match(text, /The age was known for 30 of them/);
  assert.match(text, /On an external test set of 30 patients/);
  assert.ok(text.includes(EVIL));
  assert.not.match(page, /<script|NaN|undefined/);
  assert.not.match(text, /at other institutions, on other scanners/);
});

test('a test set without ages has predictions only', () => {
  const page = renderReport({ ...example(), external: result('all') });
  assert.not.match(page, /NaN|undefined/);
  assert.match(textOf(body(page)), /The age was known for 0 of them/);
  assert.throws(() => table(page, 'Each fold’s model and the ensemble'));
  assert.is(table(page, 'The parts of the ensemble').length, 4);
});

test.run();
