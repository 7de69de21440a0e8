import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configYaml, parseConfig, parseYaml, withSetting } from '../../src/train/config.ts';

const refuses = (settings: unknown, message: RegExp) =>
  assert.throws(
    () => parseConfig(settings, 'run.yaml'),
    (error: Error) => message.test(error.message),
  );

const test = suite('configuration');

test('a written configuration is complete and reads back as itself', () => {
  const config = parseConfig(
    withSetting(withSetting(parseYaml('seed: 3\ntrain: { batch: 8 }', 'x'), 'train.epochs=7'), 'data=a/b'),
    'x',
  );
  assert.is(config.seed, 3);
  assert.equal([config.train.batch, config.train.epochs, config.data], [8, 7, 'a/b']);
  assert.equal(parseConfig(parseYaml(configYaml(config), 'y'), 'y'), config);
  assert.match(configYaml(config), /weight_decay: 0\.05/);
});

test('the command line goes ahead of the file', () => {
  const config = parseConfig(withSetting({ train: { epochs: 5, batch: 4 } }, 'train.epochs=9'), 'x');
  assert.equal([config.train.epochs, config.train.batch], [9, 4]);
});

test('wrong settings are named, with the nearest known one', () => {
  refuses({ train: { epoch: 3 } }, /^run\.yaml: there is no setting "train\.epoch"; did you mean "train\.epochs"\?$/);
  refuses({ sed: 3 }, /did you mean "seed"/);
  refuses({ train: { epochs: 'many' } }, /^run\.yaml: train\.epochs: .*expected number/i);
  refuses({ train: { epochs: 2.5 } }, /train\.epochs/);
  refuses({ folds: 1 }, /folds/);
  refuses({ model: { name: 'resnet19' } }, /model\.name/);
  refuses({ picture: 33 }, /picture/);
  refuses([1], /expected object/i);
  assert.throws(() => withSetting({}, 'train.epochs'), /KEY=VALUE/);
  assert.throws(() => parseYaml('a: [1', 'run.yaml'), /^run\.yaml: not YAML: .*line 1/);
  assert.throws(() => parseYaml('a: *nothing', 'run.yaml'), /^run\.yaml: not YAML: Unresolved alias/);
});

test('a setting named like a part of every object changes nothing else', () => {
  const tree = withSetting({}, '__proto__.polluted=1');
  assert.is(({} as Record<string, unknown>).polluted, undefined);
  assert.throws(() => parseConfig(tree, 'x'), /no setting/);
});

test.run();
