/** Files of weights that others published, against what PyTorch and NumPy read from them; skipped where they are absent. */
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../src/formats/crc32.ts';
import { readWeights } from '../../src/formats/weights.ts';
import { sharedData } from '../support/shared.node.ts';

const test = suite('formats/shared weights');
const root = sharedData('weights');
const run = root ? test : test.skip;

async function bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFile(`${root}/${name}`));
}

/** `crc` is zlib.crc32 over the float32 values of all tensors, one after another in the file's order. */
const FILES = [
  {
    name: 'pytorch_resnet_cifar10/pretrained_models/resnet20-12fca82f.th',
    format: 'pytorch-stream',
    count: 97,
    crc: 487755346,
    tensor: ['conv1.weight', [16, 3, 3, 3]],
  },
  {
    name: 'pytorch_resnet_cifar10/pretrained_models/resnet32-d509ac18.th',
    format: 'pytorch-stream',
    count: 157,
    crc: 822238914,
    tensor: ['linear.bias', [10]],
  },
  {
    name: 'squeezenet_deep_compression/decoded_squeezenet_fp32.npz',
    format: 'npz',
    count: 52,
    crc: 2498281685,
    tensor: ['conv1.w', [96, 3, 7, 7]],
  },
  {
    name: 'st-gtcn_truncated/recovered_tensors.npz',
    format: 'npz',
    count: 16,
    crc: 1493655176,
    tensor: ['conv1.weight', [64, 3, 7, 7]],
  },
] as const;

for (const { name, format, count, crc, tensor } of FILES) {
  run(`${name}: every value as PyTorch or NumPy reads it`, async () => {
    const weights = readWeights(await bytesOf(name), name);
    assert.is(weights.format, format);
    assert.is(weights.tensors.size, count);
    assert.equal(weights.tensors.get(tensor[0])?.shape, tensor[1]);
    const values = [...weights.tensors.values()].map(({ data }) => data);
    assert.is(
      values.reduce((sum, data) => crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), sum), 0),
      crc,
    );
  });
}

run('a truncated download is refused with what is missing', async () => {
  const name = 'st-gtcn_truncated/resnet18-5c106cde.pth';
  const bytes = await bytesOf(name);
  assert.throws(
    () => readWeights(bytes, name),
    /^st-gtcn_truncated\/resnet18-5c106cde\.pth: truncated: its member "storages" lies at bytes 20992 to 46822653, the file ends at 1048576$/,
  );
});

test.run();
