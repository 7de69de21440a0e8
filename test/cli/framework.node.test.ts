import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { defineCommand } from '../../src/cli/command.ts';
import { FoldView, sparkline } from '../../src/cli/fold-view.ts';
import { helpOf } from '../../src/cli/help.ts';
import { parseArguments } from '../../src/cli/parse.ts';
import { duration, startProgress } from '../../src/cli/progress.ts';
import { editDistance, nearestWord } from '../../src/util/nearest.ts';

const command = defineCommand({
  name: 'sample',
  summary: 'A command for tests.',
  usage: 'FILE',
  operands: { least: 1, most: 2 },
  options: {
    out: { type: 'text', value: 'DIR', help: 'where to' },
    markers: { type: 'text', choices: ['band', 'all'], help: 'policy' },
    seed: { type: 'whole', value: 'S', least: 0, help: 'seed' },
    rate: { type: 'number', value: 'X', help: 'rate' },
    resume: { type: 'switch', help: 'go on' },
    set: { type: 'list', value: 'KEY=VALUE', help: 'a setting' },
  },
  run: async () => null,
});

const parse = (...args: string[]) => parseArguments(command, args);
const refuses = (args: string[], message: RegExp) =>
  assert.throws(
    () => parse(...args),
    (error: Error) => message.test(error.message),
  );

const test = suite('command line');

test('options become typed values, operands stay in order', () => {
  const { options, operands, json } = parse(
    'a',
    '--out',
    'x',
    '--seed=7',
    '--rate',
    '1e-3',
    '--set',
    'a=1',
    '--set',
    'b=2',
    'b',
    '--json',
  );
  assert.equal(options, { out: 'x', markers: undefined, seed: 7, rate: 0.001, resume: false, set: ['a=1', 'b=2'] });
  assert.equal(operands, ['a', 'b']);
  assert.is(json, true);
});

test('what makes no sense is refused with a hint', () => {
  refuses(['a', '--ouf', 'x'], /no option --ouf; did you mean "--out"\?/);
  refuses(['a', '--seed', 'x'], /--seed takes a whole number of at least 0, not "x"/);
  refuses(['a', '--seed=-1'], /at least 0/);
  refuses(['a', '--seed', '1.5'], /whole number/);
  refuses(['a', '--markers', 'none'], /one of band, all/);
  refuses(['a', '--resume=1'], /takes no value/);
  refuses(['a', '--out'], /needs a value \(DIR\)/);
  refuses([], /expected: FILE/);
  refuses(['a', 'b', 'c'], /"c" is one operand too many/);
  refuses(['a', '--constructor', 'x'], /no option --constructor/);
});

test('help comes from the option table', () => {
  const help = helpOf(command);
  for (const part of [
    'agelens sample FILE [options]',
    '--out DIR',
    '--markers band|all',
    '--json',
    'A command for tests.',
  ]) {
    assert.ok(help.includes(part), `"${part}" is missing in:\n${help}`);
  }
  assert.is(parse('--help').help, true);
});

test('progress draws one line on a terminal and plain lines elsewhere', () => {
  const draw = (isTTY: boolean) => {
    let text = '';
    const progress = startProgress('work', 20, { isTTY, write: (part: string) => (text += part) });
    for (let done = 1; done <= 20; done++) progress.update(done);
    progress.end('all well');
    return text;
  };
  const plain = draw(false);
  assert.not.ok(plain.includes('\x1b') || plain.includes('\r'));
  assert.is(plain.split('\n').length, 11);
  assert.match(plain, /work: 2\/20, .* left\n/);
  assert.match(plain, /work: done in 0 s, all well\n$/);
  assert.match(draw(true), /all well\n$/);
});

test('the line of a fold says loss, validation, speed and rate, and a narrow terminal cuts off whole parts', () => {
  const draw = () => {
    let text = '';
    const take = (line = '') => {
      text = line;
    };
    const view = new FoldView({ update: (_, line) => take(line), end: take }, 4, 8);
    view.onStep(1, null, 1e-3);
    const row = { fold: 0, step: 1, learning_rate: 1e-3, validation_loss: 1 };
    view.onEpoch({ ...row, epoch: 1, training_loss: 2, validation_mae: 9 });
    view.onEpoch({ ...row, epoch: 2, training_loss: 1, validation_mae: null });
    view.onStep(3, 1, 5e-4);
    const last = text;
    view.end(2);
    return [last, text];
  };
  const [line, end] = draw();
  assert.match(line ?? '', /loss 1\.000 █▁ {2}validation 9\.00 years {2}[\d.e+]+ pictures\/s {2}rate 0\.00050$/);
  assert.is(end, '4 steps, weights of epoch 2, validation 9.00 years, █▁');
  assert.is(sparkline([1, 2, 8]), '▁▂█');
  assert.is(sparkline([3, 3]), '▁▁');
  let narrow = '';
  const progress = startProgress('work', 20, { isTTY: true, columns: 48, write: (part: string) => (narrow += part) });
  progress.end('first part  a part that is longer than the line');
  assert.match(narrow, /work {2}0 s {2}first part\n$/);
});

test('durations and near words', () => {
  assert.equal([5, 80, 3700].map(duration), ['5 s', '1 min 20 s', '1 h 01 min']);
  assert.is(editDistance('epochs', 'epoch'), 1);
  assert.is(nearestWord('trian', ['train', 'synth']), 'train');
  assert.is(nearestWord('xyzzy', ['train', 'synth']), null);
});

test.run();
