import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tune } from '../../src/bench/tune.ts';
import type { Gpu, Span } from '../../src/gpu/index.ts';
import { Tuning } from '../../src/gpu/tuning.ts';

const test = suite('tuning');

/** A device on which the dispatches of operation, shapes and way take these nanoseconds. */
function deviceOf(costs: Record<string, number>) {
  const gpu = {
    tuning: new Tuning(),
    counts: { dispatches: 0, submits: 0 },
    async profile(work: () => void) {
      spans = [];
      work();
      return { profile: { spans }, result: undefined };
    },
  };
  let spans: Span[] = [];
  const dispatch = (duration: number) => {
    spans.push({ name: '', start: 0, end: duration, flops: 0, bytes: 0 });
    gpu.counts.dispatches++;
  };
  const operation = (name: string, shapes: string, ways: string[], usual: string) => {
    dispatch(1); // something that belongs to whatever came before
    const way = gpu.tuning.choose({ operation: name, shapes, ways, usual });
    dispatch(2);
    dispatch(costs[`${name} ${shapes} ${way}`] ?? 1000);
  };
  return { gpu: gpu as unknown as Gpu, operation };
}

test('the fastest way of each operation and class of shapes is found, and only what is worth it is kept', async () => {
  const { gpu, operation } = deviceOf({
    'product small a': 90,
    'product small b': 40,
    'product small c': 60,
    'product large a': 100,
    'product large b': 200,
    'product large c': 99,
    'sum small x': 10,
  });
  const work = () => {
    for (const shapes of ['small', 'large', 'small']) operation('product', shapes, ['a', 'b', 'c'], 'a');
    operation('sum', 'small', ['x'], 'x');
  };
  const turns: number[] = [];
  const findings = await tune(gpu, work, (turn) => turns.push(turn));
  assert.equal(turns, [0, 1, 2]);
  assert.equal(
    findings.map(({ operation, shapes, way, usual }) => [operation, shapes, way, usual]),
    [['product', 'small', 'b', 'a']],
  );
  assert.ok(findings.every(({ gain }) => gain > 1.9 && gain < 2.3));
  assert.equal(gpu.tuning.entries(), { 'product small': 'b' });
  assert.is(gpu.tuning.observer, null);
});

test('a way for all shapes gives way to one for a class of them', () => {
  const tuning = new Tuning();
  const ask = (shapes: string) => tuning.choose({ operation: 'product', shapes, ways: ['a', 'b', 'c'], usual: 'a' });
  assert.is(ask('small'), 'a');
  tuning.set('product', 'b');
  tuning.set('product', 'c', 'small');
  assert.equal([ask('small'), ask('large')], ['c', 'b']);
  const again = new Tuning();
  again.load(tuning.entries());
  assert.equal(again.entries(), tuning.entries());
});

test.run();
