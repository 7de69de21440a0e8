import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReportData } from '../../src/train/report/data.ts';
import { renderReport } from '../../src/train/report/report.ts';
import { ticks } from '../../src/train/report/svg.ts';

const test = suite('report');

function example(): ReportData {
  const subjects = Array.from({ length: 24 }, (_, i) => ({
    id: i === 0 ? '<script>alert(1)</script>' : `SYN-${i}`,
    age: 22 + 2.5 * i,
    sex: i % 3 === 0 ? null : i % 2 === 0 ? ('F' as const) : ('M' as const),
    fold: i % 3,
    mean: 25 + 2.3 * i,
    sigma: 3 + (i % 4),
  }));
  const estimate = { value: 4.25, low: 3.5, high: 5.125 };
  return {
    title: 'a & b',
    synthetic: true,
    subjects,
    metrics: {
      mae: estimate,
      absoluteErrorSd: 2,
      rmse: estimate,
      r2: { value: 0.9, low: 0.8, high: 0.95 },
      pearson: { value: 0.95, low: 0.9, high: 0.97 },
      meanPredictorMae: 16.5,
      limitMae: 2.75,
      meanSigma: 4.5,
      sigmaScale: 1.25,
      coverage: [0.5, 0.8, 0.9, 0.95].map((level) => ({ level, raw: level - 0.1, recalibrated: level })),
    },
    curves: [
      {
        fold: 0,
        points: [
          { epoch: 1, training: 1, validation: null },
          { epoch: 2, training: 0.5, validation: 0.75 },
        ],
      },
    ],
    explanations: [
      {
        id: 'SYN-1',
        age: 24.5,
        mean: 27.3,
        sigma: 4,
        picture: Uint8Array.of(1, 2, 3),
        overlay: Uint8Array.of(4, 5, 6),
      },
    ],
    flow: { found: 25, used: 24, refused: [{ name: 'study 7', cause: 'gantry tilt of 12.0°' }] },
    settings: [{ heading: 'Training', rows: [['Epochs', '2']] }],
    environment: [['Adapter', 'an adapter']],
    phases: [['train', 12.34]],
  };
}

test('the report is complete in itself: no script, no address outside the file', () => {
  const page = renderReport(example());
  assert.not.match(page, /<script|<link|@import|https?:\/\/|src="(?!data:)/);
  assert.match(page, /src="data:image\/png;base64,AQID"/);
});

test('names from outside are escaped', () => {
  const page = renderReport(example());
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(page, /a &amp; b/);
});

test('the figures of a run are shown', () => {
  const page = renderReport(example());
  for (const text of [
    '4.3 <small>years',
    '0.26 <small>×',
    '2.8 <small>years',
    '95 % interval 3.5 to 5.1',
    'gantry tilt of 12.0°',
    '25 studies found, 1 refused, 24 used',
  ]) {
    assert.ok(page.includes(text), text);
  }
  assert.is(page.match(/class="interval"/g)?.length, 24);
});

test('every number is finite and every chart has its parts', () => {
  const page = renderReport(example());
  assert.not.match(page, /NaN|Infinity|undefined/);
  assert.is(page.match(/<svg /g)?.length, 5);
});

test('ticks are round and cover the range', () => {
  assert.equal(ticks([20, 90]), [20, 40, 60, 80]);
  assert.equal(ticks([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.equal(ticks([-10, 10], 4), [-10, -5, 0, 5, 10]);
});

test.run();
