import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGpu } from '../../src/gpu/index.ts';
import { readTuning, writeTuning } from '../../src/gpu/tuning-file.node.ts';

const test = suite('tuning kept in files');
const owner = { vendor: 'nobody', architecture: 'test', device: String(process.pid), description: 'driver 1' };

test('what was found for an adapter and driver is found again, and by no other', () => {
  const ways = { 'conv2d.forward m64 n4096 count1': 'middle' };
  const file = writeTuning(owner, ways);
  assert.equal(readTuning(owner), { file, ways, damage: null });
  assert.equal(readTuning({ ...owner, description: 'driver 2' }).ways, {});
  rmSync(file);
  assert.equal(readTuning(owner), { file, ways: {}, damage: null });
});

test('a damaged file is passed over with the reason', () => {
  const file = writeTuning(owner, { a: 'b' });
  const whole = readFileSync(file, 'utf8');
  const reasonFor = (contents: string) => {
    writeFileSync(file, contents);
    const { ways, damage } = readTuning(owner);
    assert.equal(ways, {});
    return damage ?? '';
  };
  assert.match(reasonFor(whole.slice(0, -9)), /JSON/);
  assert.match(reasonFor('null'), /no "ways"/);
  assert.match(reasonFor('{"ways": {"conv2d.forward *": 3}}'), /"conv2d.forward \*" is 3, no name of a way/);
  rmSync(file);
});

test('opening the device takes the tuning over, and says when it is damaged', async () => {
  const first = await openGpu();
  const { file } = readTuning(first.info);
  first.close();
  const before = existsSync(file) ? readFileSync(file) : null;
  try {
    writeTuning(first.info, { 'no operation *': 'no way' });
    const second = await openGpu();
    assert.equal(second.tuning.entries(), { 'no operation *': 'no way' });
    second.close();
    writeFileSync(file, '{');
    const third = await openGpu();
    assert.equal(third.tuning.entries(), {});
    assert.match(third.info.passedOver.at(-1)?.name ?? '', /the tuning in .*tuning-[0-9a-f]{16}\.json/);
    assert.match(third.info.passedOver.at(-1)?.reason ?? '', /damaged .*agelens bench --tune makes a new one/);
    third.close();
  } finally {
    if (before) writeFileSync(file, before);
    else rmSync(file, { force: true });
  }
});

test.run();
