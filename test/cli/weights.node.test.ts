import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { readWeights } from '../../src/formats/weights.ts';
import { encodeState, resnet20 } from '../../src/nn/index.ts';
import { dictPickle, makePyTorch, tensor } from '../formats/make-weights.ts';
import { testGpu } from '../support/gpu.ts';
import { runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('weights command');
const folder = temporaryFolder();
const inside = (name: string) => path.join(folder, name);
const fixture = (name: string) => path.join('test/reference/weights', name);
const bytesOf = (file: string) => Uint8Array.from(readFileSync(file));

test('a file of any kind becomes safetensors: names, data types and every value', async () => {
  for (const name of ['everything.pt', 'old.pth', 'lightning.ckpt', 'deflated.npz']) {
    const out = inside('converted.safetensors');
    const { status, stdout } = await runCli(['weights', fixture(name), '--out', out, '--json']);
    assert.is(status, 0, name);
    const listed = JSON.parse(stdout) as {
      format: string;
      tensors: { name: string; dtype: string; shape: number[] }[];
    };
    const [from, to] = [readWeights(bytesOf(fixture(name)), name), readSafetensors(bytesOf(out), out)];
    assert.is(listed.format, from.format);
    assert.is(to.tensors.size, from.tensors.size);
    for (const [key, { dtype, shape, bytes }] of from.tensors) {
      const other = to.tensors.get(key);
      assert.equal([other?.dtype, other?.shape, other?.bytes], [dtype, shape, bytes], `${name}: ${key}`);
      assert.equal(
        listed.tensors.find((each) => each.name === key),
        { name: key, dtype, shape },
      );
    }
  }
});

test('it says what fits a network, whose channels and outputs are the file’s', async () => {
  const gpu = await testGpu();
  const net = resnet20({ gpu, inChannels: 1, outChannels: 2, seed: 1 });
  const state = await net.stateDict();
  net.dispose();
  const names = [...state.keys()];
  const file = inside('trained.pth');
  writeFileSync(file, encodeState(new Map([...state].map(([name, values]) => [`model.${name}`, values]))));
  const out = inside('fitted.safetensors');
  const good = await runCli(['weights', file, '--network', 'resnet20', '--strict', '--out', out]);
  assert.is(good.status, 0, good.stderr);
  assert.match(good.stdout, /^resnet20 with 1 channel and 2 outputs: every tensor fits$/m);
  assert.match(good.stderr, /the prefix "model\." was removed from 116 of 116 names/);
  assert.equal([...readSafetensors(bytesOf(out), out).tensors.keys()].sort(), names.sort());

  const [first = '', ...rest] = names.filter((name) => /^layer2.*weight$/.test(name));
  const map = inside('map.json');
  writeFileSync(map, JSON.stringify({ [`model.${first}`]: null, [`model.${rest[0]}`]: 'model.elsewhere' }));
  const bad = await runCli(['weights', file, '--network', 'resnet20', '--map', map, '--json']);
  assert.is(bad.status, 0);
  const { network } = JSON.parse(bad.stdout);
  assert.equal(
    [network.fits, network.missing.sort(), network.unexpected],
    [false, [first, rest[0]].sort(), ['elsewhere']],
  );
  assert.ok(network.notes.includes('1 of 116 tensors were left out by the key map'));
});

test('what does not fit or cannot be read fails with one line and leaves nothing', async () => {
  const out = inside('never.safetensors');
  const fails = async (args: string[], status: number, message: RegExp) => {
    const outcome = await runCli(['weights', ...args, '--out', out]);
    assert.is(outcome.status, status);
    assert.is(outcome.errors.length, 1, outcome.stderr);
    assert.match(outcome.errors[0] ?? '', message);
    assert.not.ok(existsSync(out));
  };
  await fails(
    [fixture('network.safetensors'), '--network', 'resnet20', '--strict'],
    1,
    /does not fit resnet20: \d+ missing/,
  );
  await fails([fixture('whole-module.pt')], 1, /whole object of torch\.nn\.modules\.linear\.Linear/);
  await fails([inside('nothing.pth')], 1, /nothing\.pth: it cannot be read \(ENOENT/);
  await fails([fixture('old.pth'), '--network', 'resnet21'], 1, /no network "resnet21"; did you mean "resnet20"/);
  await fails([fixture('old.pth'), '--strict'], 2, /need --network NAME/);
  writeFileSync(inside('list.json'), '["a"]');
  await fails([fixture('old.pth'), '--network', 'resnet20', '--map', inside('list.json')], 1, /a key map is an object/);
  const elements = 600_000;
  const shared = tensor({ type: 'ByteStorage', elements, shape: [elements], strides: [1] });
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`t${i}`, shared]));
  writeFileSync(inside('shared.pt'), makePyTorch(dictPickle(many), {}, { 'data/0': new Uint8Array(elements) }));
  await fails(
    [inside('shared.pt')],
    1,
    /writing tensor "t\d+" by itself would take 600000 bytes \(\d+ in all\); a file of/,
  );
  const other = await runCli(['weights', fixture('old.pth'), '--out', inside('x.pth')]);
  assert.match(other.errors[0] ?? '', /must end in \.safetensors/);
});

test.run();
