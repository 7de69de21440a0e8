/** No damage to a file of weights is a crash, a hang or, where it can be known, a success. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Allowance } from '../../src/formats/allowance.ts';
import { RefusedError } from '../../src/formats/refusal.ts';
import { readWeights } from '../../src/formats/weights.ts';
import { readZip } from '../../src/formats/zip.ts';
import { type RandomStream, randomStream } from '../../src/util/random.ts';
import { readFixture } from '../support/fixture.ts';
import { makeZip } from './make-weights.ts';

const test = suite('formats/damaged weights');
type Bytes = Uint8Array<ArrayBuffer>;

const FILES = [
  'everything.pt',
  'everything-deflated.pt',
  'everything-stream.pt',
  'lightning.ckpt',
  'parallel-stream.pth',
  'protocol-1.pt',
  'protocol-4.pt',
  'old.pth',
  'stored.npz',
  'deflated.npz',
  'fortran.npy',
  'network.safetensors',
];
const MUTATIONS = 3000;

const fixture = async (name: string): Promise<Bytes> => Uint8Array.from(await readFixture(`reference/weights/${name}`));

/** True for a file that is read, false for one refused in one line; anything else thrown is a failure. */
function isRead(bytes: Bytes, what: string): boolean {
  try {
    const { tensors } = readWeights(bytes, 'w');
    for (const [name, { shape, data }] of tensors)
      assert.is(
        data.length,
        shape.reduce((count, length) => count * length, 1),
        `${what}: ${name}`,
      );
    return true;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    assert.match(error.message, /^w: [^\n]+$/, what);
    return false;
  }
}

for (const name of FILES) {
  test(`truncated at every byte: ${name}`, async () => {
    const whole = await fixture(name);
    assert.ok(isRead(whole, name));
    for (let length = 0; length < whole.length; length++)
      assert.not.ok(isRead(whole.slice(0, length), name), `cut at byte ${length} of ${whole.length}`);
  });
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

/** One to four changes: a byte, a bit, a number of four bytes, bytes left out, or bytes from elsewhere put in. */
function mutate(bytes: Bytes, random: RandomStream): Bytes {
  let mutated = bytes.slice();
  for (let changes = 1 + random.integer(4); changes > 0; changes--) {
    const at = random.integer(mutated.length);
    const length = 1 + random.integer(8);
    const kind = random.integer(5);
    if (kind === 0) mutated[at] = random.integer(256);
    else if (kind === 1) mutated[at] = (mutated[at] as number) ^ (1 << random.integer(8));
    else if (kind === 2) mutated.fill(EXTREMES[random.integer(5)] as number, at, at + 4);
    else if (kind === 3) mutated = Uint8Array.from([...mutated.subarray(0, at), ...mutated.subarray(at + length)]);
    else mutated.copyWithin(at, random.integer(mutated.length), random.integer(mutated.length));
  }
  return mutated;
}

/** The archive with its pickle changed and all checksums right, so that the pickle's own checks are what is tried. */
function mutatePickle(bytes: Bytes, random: RandomStream): Bytes {
  const { entries } = readZip(bytes, 'w', new Allowance('w', bytes.length));
  const changed = [...entries].map(([name, contents]) => [
    name,
    name.endsWith('.pkl') ? mutate(contents, random) : contents,
  ]);
  return makeZip(Object.fromEntries(changed) as Record<string, Bytes>);
}

const ARCHIVES = ['everything.pt', 'lightning.ckpt', 'protocol-1.pt', 'protocol-4.pt'];

test(`${MUTATIONS} mutations are read or refused`, async () => {
  const files = await Promise.all([...FILES, ...ARCHIVES].map(fixture));
  let refused = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const random = randomStream(2024, 'mutation', i);
    const which = i % files.length;
    const file = files[which] as Bytes;
    const mutated = which < FILES.length ? mutate(file, random) : mutatePickle(file, random);
    if (!isRead(mutated, `mutation ${i}`)) refused++;
  }
  assert.ok(refused > MUTATIONS / 2 && refused < MUTATIONS, `${refused} of ${MUTATIONS} were refused`);
});

test.run();
