import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Config, parseConfig, withValue } from '../../../src/train/config.ts';
import type { ReportData } from '../../../src/train/report/data.ts';
import { Page } from '../../../src/train/report/page.ts';
import { methods } from '../../../src/train/report/sections/methods.ts';
import { Told } from '../../../src/train/report/told.ts';
import { example } from './example.ts';
import { textOf } from './read-page.ts';

const test = suite('report: methods');
const data = example({ subjects: 12 });
const told = (config: Config, more: Partial<ReportData> = {}): string =>
  textOf(methods({ ...data, config, ...more }, new Page()).text);

type Leaf = [path: string[], value: unknown];

function leaves(tree: object, path: string[] = []): Leaf[] {
  return Object.entries(tree).flatMap(([key, value]): Leaf[] =>
    typeof value === 'object' && value !== null ? leaves(value, [...path, key]) : [[[...path, key], value]],
  );
}

/** Other values to try; the first that the schema takes is used. */
function others(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1, value / 2 + 0.125, value / 2 + 0.0625, value - 32];
  return ['densenet121', 'mixed', 'last', 'linear', 'kerber2023', 'step', 'none', 0.5, 3];
}

function changed(path: string[], value: unknown): Config {
  for (const other of others(value)) {
    try {
      return parseConfig(withValue(data.config, path, other), 'test');
    } catch {
      // another one
    }
  }
  throw new Error(`no other value for ${path.join('.')}`);
}

test('no setting but the folder of the data is left out', () => {
  const before = told(data.config);
  for (const [path, value] of leaves(data.config)) {
    const name = path.join('.');
    const after = told(changed(path, value));
    if (name === 'data') assert.is(after, before);
    else if (!dependent(name)) assert.is.not(after, before, `${name} makes no difference`);
  }
});

/** Settings that mean something only beside another one. */
const dependent = (name: string): boolean => name.startsWith('train.step_');

test('settings that no sentence tells are told by their names', () => {
  const settings = new Told({ a: 1, b: null, c: 'x' });
  assert.is(settings.take('a'), 1);
  assert.equal(settings.rest(), ['b = null', 'c = x']);
});

test('the recipe, the start and the counts of folds are told', () => {
  const all = { ...data.data, recipe: { ...data.data.recipe, markers: 'all', slab: 'full' } };
  assert.match(told(data.config), /voxels below −800 HU were markers of air and voxels above −300 HU/);
  assert.match(told(data.config), /the 10 central slices/);
  assert.match(told(data.config, { data: all }), /every voxel was a marker.*all slices/s);
  const weights = parseConfig(withValue(data.config, ['model', 'weights'], '/home/me/imagenet.pth'), 'test');
  const start = { file: '/home/me/imagenet.pth', sha256: 'd0d0', notes: ['conv1.weight was summed over its colours'] };
  const text = told(weights, { start });
  assert.match(text, /file imagenet\.pth \(SHA-256 d0d0\); on loading: conv1\.weight was summed/);
  assert.not.match(text, /home/);
  assert.match(text, /9, 9 and 9 pictures/);
});

test.run();
