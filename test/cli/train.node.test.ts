import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readPng } from '../../src/formats/png.ts';
import { encodeState, resnet20 } from '../../src/nn/index.ts';
import { sigmaScale } from '../../src/train/metrics/sigma-scale.ts';
import { readModelFile } from '../../src/train/model-file.node.ts';
import { RunFolder } from '../../src/train/run-folder.node.ts';
import { FolderLock } from '../../src/util/folder-lock.node.ts';
import { testGpu } from '../support/gpu.ts';
import { writeTinyFolder } from '../train/tiny-folder.node.ts';
import { type Options, runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('train');
const folder = temporaryFolder();
const inside = (...parts: string[]) => path.join(folder, ...parts);
const SETTINGS = [
  ...['--folds', '2', '--picture', '32', '--network', 'resnet20', '--epochs', '3', '--batch', '4', '--seed', '5'],
];
const train = (out: string, more: string[] = [], options: Options = {}) =>
  runCli(['train', '--data', inside('prepared'), '--out', inside(out), ...SETTINGS, ...more], options);
/** Ends the command as kill -9 does when it is about to give a file this name for the `count`-th time. */
const killedAt = (name: string, count: number, signal = 'SIGKILL'): Options => ({
  env: {
    NODE_OPTIONS: `--import=${pathToFileURL('test/cli/kill-at-rename.mjs')}`,
    KILL_AT: name,
    KILL_COUNT: String(count),
    KILL_SIGNAL: signal,
  },
});
const foldFacts = (run: string, fold: number) =>
  JSON.parse(readFileSync(inside(run, `fold-${fold}`, 'fold.json'), 'utf8'));
const weights = (stdout: string) => stdout.match(/sha256 [0-9a-f]{64}/g) ?? [];

test.before(() => writeTinyFolder(inside('prepared'), 14));

test('killed in the middle and resumed, a run ends with the same bits as one left alone', async () => {
  const whole = await train('whole', ['--profile']);
  assert.is(whole.status, 0, whole.stderr);
  assert.match(whole.stdout, /\nkernel +dispatches +ms +of time +GFLOP\/s +of peak +GB\/s +of copy\n/);
  assert.match(whole.stdout, /\nconv2d\.\w+ +\d+ /);
  const { traceEvents } = JSON.parse(readFileSync(inside('whole', 'profile.json'), 'utf8'));
  assert.ok(traceEvents.filter(({ ph, dur }: { ph: string; dur: number }) => ph === 'X' && dur >= 0).length > 1000);
  assert.is(weights(whole.stdout).length, 2);
  const killed = await train('killed', [], killedAt('fold-1/checkpoint-last.safetensors', 2));
  assert.is(killed.signal, 'SIGKILL');
  assert.not.ok(existsSync(inside('killed', 'predictions.csv')));
  const refused = await train('killed');
  assert.is(refused.status, 1);
  assert.match(refused.errors.join('\n'), /fold-0 is there already; go on with --resume/);
  for (const [place, count] of [
    ['fold-1/metrics.csv', 2],
    ['killed/predictions.csv', 1],
  ] as const) {
    const again = await runCli(['train', '--out', inside('killed'), '--resume'], killedAt(place, count));
    assert.is(again.signal, 'SIGKILL', place);
  }
  const resumed = await runCli(['train', '--out', inside('killed'), '--resume']);
  assert.is(resumed.status, 0, resumed.stderr);
  assert.equal(weights(resumed.stdout), weights(whole.stdout));
  for (const name of ['predictions.csv', 'metrics.csv', 'model.safetensors', 'metrics.json', 'config.yaml']) {
    assert.ok(readFileSync(inside('killed', name)).equals(readFileSync(inside('whole', name))), name);
  }
  assert.is(readFileSync(inside('whole', 'metrics.csv'), 'utf8').trim().split('\n').length, 1 + 2 * 3);
});

test('Ctrl-C, SIGTERM and SIGUSR1 keep a checkpoint, say how to go on and end with 128 and their number', async () => {
  const place = 'fold-1/checkpoint-last.safetensors';
  const goOn = /stopped; a checkpoint is kept: go on with agelens train --out .*stopped --resume$/;
  const first = await train('stopped', ['--fold', '1'], killedAt(place, 1, 'SIGUSR1'));
  assert.is(first.status, 128 + os.constants.signals.SIGUSR1, first.stderr);
  assert.match(first.errors.join('\n'), goOn);
  const resume = ['train', '--out', inside('stopped'), '--fold', '1', '--resume'];
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const next = await runCli(resume, killedAt(place, 1, signal));
    assert.is(next.status, 128 + os.constants.signals[signal], next.stderr);
    assert.match(next.errors.join('\n'), goOn);
  }
  const resumed = await runCli([...resume, '--json']);
  assert.is(resumed.status, 0, resumed.stderr);
  const { folds, missing } = JSON.parse(resumed.stdout);
  assert.equal(missing, [0]);
  assert.is(folds[0].weights_sha256, foldFacts('whole', 1).weights_sha256);
});

test('folds trained by several processes at once, and in folders of their own, give the run of one', async () => {
  const both = await Promise.all([train('shared', ['--fold', '1']), train('shared', ['--fold', '0'])]);
  for (const { status, stderr } of both) assert.is(status, 0, stderr);
  assert.is((await train('shared', ['--fold', '1'])).status, 0, 'a finished fold is left alone');
  assert.is((await train('apart', ['--fold', '1'])).status, 0);
  cpSync(inside('shared', 'fold-0'), inside('apart', 'fold-0'), { recursive: true });
  assert.not.ok(existsSync(inside('apart', 'predictions.csv')));
  assert.is((await runCli(['evaluate', '--run', inside('apart')])).status, 0);
  for (const run of ['shared', 'apart']) {
    for (const name of ['predictions.csv', 'metrics.csv', 'model.safetensors', 'metrics.json', 'config.yaml'])
      assert.ok(readFileSync(inside(run, name)).equals(readFileSync(inside('whole', name))), `${run}/${name}`);
  }
  const files = [inside('shared'), inside('shared', 'fold-0')].flatMap((each) => readdirSync(each));
  assert.equal(
    files.filter((name) => /lock|partial/.test(name)),
    [],
  );

  assert.is((await train('alien', ['--fold', '1', '--seed', '6'])).status, 0);
  cpSync(inside('shared', 'fold-0'), inside('alien', 'fold-0'), { recursive: true });
  const mixed = await runCli(['evaluate', '--run', inside('alien')]);
  assert.is(mixed.status, 1);
  assert.match(
    mixed.errors.join('\n'),
    /fold-0: it was trained with other settings, data or weights to start from than/,
  );
});

test('a run is fine-tuned fold by fold, by networks that have not seen what they are judged by', async () => {
  const tuned = await train('tuned', ['--from-run', inside('whole'), '--epochs', '1', '--fold', '1']);
  assert.is(tuned.status, 0, tuned.stderr);
  const begun = JSON.parse(readFileSync(inside('tuned', 'weights.json'), 'utf8'));
  const hashes = [0, 1].map((fold) => foldFacts('whole', fold).weights_sha256);
  assert.is(begun.sha256, createHash('sha256').update(hashes.join('\n')).digest('hex'));
  const random = await train('fresh', ['--epochs', '1', '--fold', '1']);
  assert.is.not(weights(random.stdout)[0], weights(tuned.stdout)[0]);
  const refusals: [string[], RegExp][] = [
    [['--seed', '6'], /whole, fold \d: it was made with \d of the \d test patients of this fold; take .* --seed 5 /],
    [['--network', 'resnet32'], /its networks are resnet20, model\.name is resnet32/],
    [['--folds', '3'], /it has 2 folds, this run 3/],
  ];
  for (const [options, message] of refusals) {
    const { status, errors } = await train('refused', ['--from-run', inside('whole'), ...options]);
    assert.is(status, 1);
    assert.match(errors.join('\n'), message);
    assert.not.ok(existsSync(inside('refused')));
  }
});

test('without validation σ is scaled by what the other folds say of their patients', async () => {
  const { status, stderr } = await train('all', ['--folds', '3', '--epochs', '1', '--set', 'train.validation=0']);
  assert.is(status, 0, stderr);
  const predictions = await new RunFolder(inside('all')).readPredictions();
  const { members } = await readModelFile(inside('all', 'model.safetensors'));
  for (const { fold, sigmaScale: scale } of members) {
    assert.is(foldFacts('all', fold).validation, 0);
    const others = predictions.filter((each) => each.fold !== fold);
    assert.is(scale, sigmaScale(others.map((each) => ({ ...each, sigma: each.sigma_raw }))));
    assert.is.not(scale, 1);
    for (const each of predictions.filter((one) => one.fold === fold))
      assert.is(each.sigma, Math.fround(each.sigma_raw * scale));
  }
});

test('a fold that another process trains is left to it', async () => {
  const lock = await FolderLock.take(inside('held', 'fold-1'));
  if (typeof lock === 'string') throw new Error(lock);
  const refused = await train('held', ['--fold', '1']);
  assert.is(refused.status, 1);
  assert.match(
    refused.errors.join('\n'),
    /held: fold 1 is being trained by process \d+ on .+; nothing is left to do here/,
  );
  const rest = await train('held');
  assert.is(rest.status, 0, rest.stderr);
  assert.match(rest.stdout, /folds left: 1/);
  await lock.release();
  assert.is((await train('held', ['--resume'])).status, 0);
  assert.ok(
    readFileSync(inside('held', 'model.safetensors')).equals(readFileSync(inside('whole', 'model.safetensors'))),
  );
});

test('--print-config shows all settings as a file that can be given back', async () => {
  const { status, stdout } = await train('none', ['--set', 'train.ema=0.99', '--print-config']);
  assert.is(status, 0);
  assert.match(stdout, /\n {2}ema: 0\.99\n/);
  writeFileSync(inside('settings.yaml'), stdout);
  const again = await runCli(['train', '--config', inside('settings.yaml'), '--print-config']);
  assert.is(again.stdout, stdout);
});

test('evaluate gives the metrics again', async () => {
  const { status, stdout } = await runCli(['evaluate', '--run', inside('whole'), '--json']);
  assert.is(status, 0);
  const metrics = JSON.parse(stdout);
  assert.is(metrics.pictures, 14);
  assert.ok(metrics.mae.low <= metrics.mae.value && metrics.mae.value <= metrics.mae.high);
  assert.equal(JSON.parse(readFileSync(inside('whole', 'metrics.json'), 'utf8')), metrics);
  for (const [name, rows] of [
    ['age-gap.csv', 14],
    ['calibration.csv', 2 * 19],
    ['sigma-bins.csv', 2],
  ] as const)
    assert.is(readFileSync(inside('whole', name), 'utf8').trim().split('\n').length, 1 + rows, name);
  assert.match(readFileSync(inside('whole', 'subgroups.csv'), 'utf8'), /\nsex,F,7,7,/);
  const { stdout: text } = await runCli(['evaluate', '--run', inside('whole')]);
  for (const part of [/ICC\(2,1\) +-?\d/, /limits of agreement +-?\d/, /\n {2}sex +F +7 /]) assert.match(text, part);
});

test('a run does not go on with other settings or data', async () => {
  const settings = await train('whole', ['--resume', '--epochs', '4']);
  assert.is(settings.status, 1);
  assert.match(settings.errors.join('\n'), /other settings \(epochs: 3 there, epochs: 4 now\)/);
  await writeTinyFolder(inside('other'), 12);
  const data = await runCli(['train', '--data', inside('other'), '--out', inside('whole'), ...SETTINGS, '--resume']);
  assert.is(data.status, 1);
  assert.match(data.errors.join('\n'), /other settings \(data: |not the data/);
});

test('a dry run shows the plan and writes nothing', async () => {
  const { status, stdout } = await train('dry', ['--dry-run', '--json']);
  assert.is(status, 0);
  const { folds } = JSON.parse(stdout);
  assert.equal(folds[0], { fold: 0, training: 6, validation: 1, test: 7, steps: 3 });
  assert.not.ok(existsSync(inside('dry')));
});

test('the augmentation is previewed as a sheet, and nothing is trained', async () => {
  const sheet = async (name: string, recipe: string) => {
    const options = ['--preview-augmentation', inside(name), '--set', `augment.recipe=${recipe}`];
    const { status, stderr } = await train('previewed', options);
    assert.is(status, 0, stderr);
    return readPng(readFileSync(inside(name)), name);
  };
  const plain = await sheet('plain.png', 'none');
  assert.equal([plain.width, plain.height], [8 * 32 + 7 * 4, 6 * 32 + 5 * 4]);
  const tile = ({ data, width }: typeof plain, column: number) =>
    Array.from({ length: 32 }, (_, y) => Array.from(data.subarray(3 * (y * width + 36 * column)).subarray(0, 3 * 32)));
  assert.equal(tile(plain, 7), tile(plain, 0));
  const changed = await sheet('affine.png', 'affine');
  assert.equal(tile(changed, 0), tile(plain, 0));
  assert.not.equal(tile(changed, 1), tile(changed, 0));
  assert.not.equal(tile(changed, 2), tile(changed, 1));
  assert.not.ok(existsSync(inside('previewed')));
});

test('a fast dev run goes through everything and leaves nothing', async () => {
  const { status, stdout, stderr } = await train('dev', ['--network', 'resnet18', '--fast-dev-run', '--json']);
  assert.is(status, 0, stderr);
  assert.is(JSON.parse(stdout).metrics.pictures, 14);
  assert.not.ok(existsSync(inside('dev')));
});

test('mixed precision is refused before anything is written where the adapter lacks 16-bit numbers', async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return console.log('skipped: needs SwiftShader');
  const options = { env: { AGELENS_ADAPTER: 'swiftshader' } };
  const { status, errors } = await train('half', ['--set', 'train.precision=mixed'], options);
  assert.is(status, 1);
  assert.match(errors.join('\n'), /mixed precision needs .* shader-f16, which SwiftShader.* lacks; train in f32/);
  assert.not.ok(existsSync(inside('half')));
});

test('training starts from weights of another task, and from no others in the same run', async () => {
  const gpu = await testGpu();
  const colours = resnet20({ gpu, outChannels: 10, seed: 9 });
  const named = [...(await colours.stateDict())].map(([name, values]) => [`module.${name}`, values] as const);
  colours.dispose();
  const file = inside('colours.safetensors');
  writeFileSync(file, encodeState(new Map(named)));
  const settings = ['--weights', file, '--epochs', '1'];
  const first = await train('started', [...settings, '--fold', '0']);
  assert.is(first.status, 0, first.stderr);
  assert.match(first.stderr, /the prefix "module\." was removed from 116 of 116 names/);
  assert.match(first.stderr, /conv1\.weight: the sum over its 3 colours serves the network's one channel/);
  assert.match(first.stderr, /a new head: linear\.weight \[2, 64\] \(\[10, 64\] in the file\), linear\.bias/);
  const { sha256, notes } = JSON.parse(readFileSync(inside('started', 'weights.json'), 'utf8'));
  assert.is(sha256, createHash('sha256').update(readFileSync(file)).digest('hex'));
  assert.is(notes.length, 3);
  const random = await train('random', ['--epochs', '1', '--fold', '0']);
  assert.is.not(weights(random.stdout)[0], weights(first.stdout)[0]);

  writeFileSync(
    file,
    encodeState(new Map(named.map(([name, { shape, data }]) => [name, { shape, data: data.slice().fill(1) }]))),
  );
  const other = await train('started', [...settings, '--fold', '1']);
  assert.match(other.errors.join('\n'), /these are not the weights that .*started was begun with/);
  const done = await train('started', [...settings, '--fold', '0', '--resume']);
  assert.is(done.status, 0, 'a fold that has begun needs the file no more');
});

test('bad settings and data end with one line', async () => {
  const line = async (...args: string[]) => {
    const { status, errors } = await runCli(['train', '--out', inside('bad'), ...args]);
    assert.is.not(status, 0);
    assert.is(errors.length, 1);
    assert.not.ok(existsSync(inside('bad')));
    return errors[0] ?? '';
  };
  assert.match(
    await line('--data', inside('nowhere')),
    /nowhere.prepare\.json: no such file; --data takes a folder made by agelens prepare/,
  );
  assert.match(
    await line('--data', inside('prepared'), '--set', 'train.epoch=3'),
    /no setting "train\.epoch"; did you mean "train\.epochs"/,
  );
  assert.match(await line('--data', inside('prepared'), '--fold', '7'), /folds are counted from 0 to 4/);
  assert.match(await line('--resume'), /there is no run to go on with/);
  assert.match(await line('--data', inside('prepared'), '--network', 'squeezenet1_0'), /model\.name: .*resnet18/);
  assert.match(
    await line('--data', inside('prepared'), '--picture', '32', '--weights', inside('none.pth')),
    /none\.pth: it cannot be read/,
  );
  assert.match(
    await line('--data', inside('prepared'), '--picture', '32', '--weights', 'test/reference/weights/old.pth'),
    /old\.pth, for resnet18: the weights do not fit the network: \d+ missing/,
  );
  assert.match(await line('--config', inside('none.yaml')), /none\.yaml: cannot be read/);
  await writeTinyFolder(inside('changed'), 4);
  writeFileSync(inside('changed', 'subjects.csv'), 'subject,age\na,1\n');
  assert.match(await line('--data', inside('changed')), /subjects\.csv: its sha256 is .*prepare\.json says/);
});

test.run();
