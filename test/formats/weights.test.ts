/** Files that PyTorch and NumPy wrote (test/reference/make_pytorch.py) against the values that went into them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { stripPrefixes } from '../../src/formats/weight-names.ts';
import { readWeights, renameWeights, type Weights } from '../../src/formats/weights.ts';
import { readFixture } from '../support/fixture.ts';
import { bytesOf, makeZip } from './make-weights.ts';

const test = suite('formats/weights');

const STORED: Readonly<Record<string, string>> = {
  float32: 'F32',
  float64: 'F64',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

async function fixture(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFixture(`reference/weights/${name}`));
}

const read = async (name: string): Promise<Weights> => readWeights(await fixture(name), name);

/** Names, order, shapes, data types and every value. */
async function assertEqualTo(weights: Weights, expectedName: string): Promise<void> {
  const { tensors, metadata } = readSafetensors(await fixture(`${expectedName}.safetensors`), expectedName);
  const dtypes = JSON.parse(metadata.dtypes ?? '') as Record<string, string>;
  assert.equal([...weights.tensors.keys()], Object.keys(dtypes));
  for (const [name, tensor] of weights.tensors) {
    assert.equal(tensor.shape, tensors.get(name)?.shape, name);
    assert.is(tensor.dtype, STORED[dtypes[name] ?? ''], name);
    assert.equal(tensor.data, tensors.get(name)?.data, name);
  }
}

for (const [name, format] of [
  ['everything.pt', 'pytorch-zip'],
  ['everything-deflated.pt', 'pytorch-zip'],
  ['everything-stream.pt', 'pytorch-stream'],
] as const) {
  test(`${name}: every data type, however it lies in its storage`, async () => {
    const weights = await read(name);
    assert.is(weights.format, format);
    assert.equal(weights.notes, []);
    await assertEqualTo(weights, 'everything');
  });
}

test('tensors that share a storage share memory, also with the file', async () => {
  const bytes = await fixture('everything.pt');
  const { tensors } = readWeights(bytes, 'everything.pt');
  const [whole, row] = [tensors.get('whole')?.data, tensors.get('row')?.data];
  assert.is(whole?.buffer, bytes.buffer);
  assert.is(row?.buffer, bytes.buffer);
  assert.is((row?.byteOffset ?? 0) - (whole?.byteOffset ?? 0), 3 * 8 * 4);
});

for (const protocol of [1, 3, 4, 5]) {
  test(`pickle protocol ${protocol}`, async () => {
    const weights = await read(`protocol-${protocol}.pt`);
    await assertEqualTo(weights, 'network');
    assert.equal(weights.notes, ['the weights are its "net"', 'the prefix "net." of all 4 names was removed']);
  });
}

test("a checkpoint of Lightning gives its state dict; strangers' objects stay closed", async () => {
  const weights = await read('lightning.ckpt');
  await assertEqualTo(weights, 'network');
  assert.is(weights.tensors.get('conv1.weight')?.name, 'model._orig_mod.conv1.weight');
  const [from, closed = '', ...prefixes] = weights.notes;
  assert.is(
    from,
    'the weights are its "state_dict"; not read: "epoch", "global_step", "pytorch-lightning_version", "loops", "callbacks" and 4 more',
  );
  assert.match(
    closed,
    /^"hyper_parameters" was kept closed: it holds argparse\.Namespace \(byte \d+ of lightning\/data\.pkl\)/,
  );
  assert.match(closed, /project\.settings\.Settings \(byte/);
  assert.equal(prefixes, [
    'the prefix "model." of all 4 names was removed',
    'the prefix "_orig_mod." of all 4 names was removed',
  ]);
});

test('a checkpoint of DataParallel from before PyTorch 1.6', async () => {
  const weights = await read('parallel-stream.pth');
  await assertEqualTo(weights, 'network');
  assert.is(weights.format, 'pytorch-stream');
  assert.equal(weights.notes, [
    'the weights are its "state_dict"; not read: "best_prec1"',
    'the prefix "module." of all 4 names was removed',
  ]);
});

test('a tar archive of PyTorch 0.1', async () => {
  const weights = await read('old.pth');
  assert.is(weights.format, 'pytorch-tar');
  await assertEqualTo(weights, 'network');
});

test('a whole module is refused by its class and place', async () => {
  const bytes = await fixture('whole-module.pt');
  assert.throws(
    () => readWeights(bytes, 'whole-module.pt'),
    /^whole-module\.pt: its "model" is a whole object of torch\.nn\.modules\.linear\.Linear \(byte \d+ of whole-module\/data\.pkl\); save its state_dict\(\)$/,
  );
});

for (const name of ['stored.npz', 'deflated.npz']) {
  test(`${name}: C and Fortran order, big endian, every kind of number`, async () => {
    const weights = await read(name);
    assert.is(weights.format, 'npz');
    await assertEqualTo(weights, 'arrays');
  });
}

test('an npy file is a tensor with the name of the file', async () => {
  const weights = readWeights(await fixture('fortran.npy'), 'some/folder/fortran.npy');
  const { tensors } = await read('stored.npz');
  assert.equal([...weights.tensors.keys()], ['fortran']);
  assert.equal(weights.tensors.get('fortran')?.data, tensors.get('fortran')?.data);
});

test('safetensors come through the same door', async () => {
  const weights = await read('network.safetensors');
  assert.is(weights.format, 'safetensors');
  await assertEqualTo(weights, 'network');
});

test('the kind is found in the contents, whatever the name', async () => {
  const weights = readWeights(await fixture('old.pth'), 'weights.safetensors');
  assert.is(weights.format, 'pytorch-tar');
});

test('what is found in place of weights is named', () => {
  const refusal = (contents: string | Uint8Array) => () => readWeights(bytesOf(contents), 'w.pth');
  assert.throws(refusal(''), /^w\.pth: an empty file$/);
  assert.throws(refusal('version https://git-lfs.github.com/spec/v1\noid sha256:0'), /a Git LFS pointer/);
  assert.throws(refusal('\n<!DOCTYPE html><html></html>'), /a web page, not the weights/);
  assert.throws(refusal('hello, these are no weights'), /neither safetensors, PyTorch, npz nor npy/);
  assert.throws(refusal(makeZip({ 'a.txt': bytesOf('a') })), /a zip archive with neither a PyTorch pickle/);
});

const named = (...names: string[]): Map<string, string> => new Map(names.map((name) => [name, name]));

test('prefixes are removed only where all names share them, and each is told', () => {
  const all = stripPrefixes(named('module.model.a', 'module.model.b.c'), 'f');
  assert.equal(
    [...all.tensors],
    [
      ['a', 'module.model.a'],
      ['b.c', 'module.model.b.c'],
    ],
  );
  assert.is(all.notes.length, 2);
  const most = stripPrefixes(named('model.a', 'model.b', 'loss.weight'), 'f');
  assert.equal([...most.tensors.keys()], ['model.a', 'model.b', 'loss.weight']);
  assert.equal(most.notes, ['2 of 3 names begin with "model."; it was kept, because "loss.weight" does not']);
  const compiled = stripPrefixes(named('body._orig_mod.a', 'head.b'), 'f');
  assert.equal([...compiled.tensors.keys()], ['body.a', 'head.b']);
  assert.equal(compiled.notes, ['"_orig_mod." of torch.compile was removed from 1 names']);
  assert.throws(() => stripPrefixes(named('x._orig_mod.a', 'x.a'), 'f'), /would both be named "x\.a"/);
  assert.equal([...stripPrefixes(named('model.'), 'f').tensors.keys()], ['model.']);
});

test('names can be mapped; none is lost without a word', async () => {
  const weights = await read('network.safetensors');
  const mapped = renameWeights(weights, (name) => (name.startsWith('fc.') ? null : `features.${name}`), 'n');
  assert.equal([...mapped.tensors.keys()], ['features.conv1.weight', 'features.bn1.running_mean']);
  assert.equal(mapped.notes, ['2 of 4 tensors were left out by name']);
  assert.throws(
    () => renameWeights(weights, () => 'one', 'n'),
    /^n: tensors "conv1\.weight" and "bn1\.running_mean" would both be named "one"$/,
  );
});

test.run();
