import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCsv } from '../../../src/formats/csv.ts';
import { synthesiseCtCohort } from '../../../src/synthetic/ct/cohort.node.ts';

const test = suite<{ folder: string }>('synthetic/ct/cohort');
const MATRIX = 32;

test.before.each(async (context) => {
  context.folder = await mkdtemp(path.join(tmpdir(), 'agelens-cohort-'));
});
test.after.each(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

/** SHA-256 over names and bytes of all files below a folder. */
async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const names = files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  for (const name of names) hash.update(path.relative(folder, name)).update(await readFile(name));
  return hash.digest('hex');
}

test('writes series, labels and truth; the first subjects are the same in a larger cohort', async ({ folder }) => {
  const [small, large] = [path.join(folder, 'small'), path.join(folder, 'large')];
  const seen: string[] = [];
  const made = await synthesiseCtCohort({
    subjects: 2,
    seed: 8,
    out: small,
    matrix: MATRIX,
    onSubject: (done, total) => seen.push(`${done}/${total}`),
  });
  assert.equal(seen, ['1/2', '2/2']);
  assert.equal(await readdir(small), ['ct-8-0001', 'ct-8-0002', 'labels.csv', 'truth.csv']);
  const files = await Promise.all(['ct-8-0001', 'ct-8-0002'].map((id) => readdir(path.join(small, id))));
  assert.is(made.files, files.flat().length);

  await synthesiseCtCohort({ subjects: 3, seed: 8, out: large, matrix: MATRIX });
  for (const id of ['ct-8-0001', 'ct-8-0002'])
    assert.is(await hashOf(path.join(large, id)), await hashOf(path.join(small, id)));

  const [labels, truth] = await Promise.all(
    ['labels.csv', 'truth.csv'].map(async (name) => readCsv(await readFile(path.join(large, name)), name)),
  );
  assert.equal(labels?.columns, ['subject', 'age', 'sex']);
  assert.is(labels?.rows.length, 3);
  assert.equal(
    truth?.rows.map((row) => row.text('subject')),
    ['ct-8-0001', 'ct-8-0002', 'ct-8-0003'],
  );
  assert.ok(
    truth?.rows.every(
      (row) => row.requiredNumber('ideal_sigma') > 0 && row.requiredNumber('anatomy_trabecular_hu') > 0,
    ),
  );
});

test('the same seed gives the same folder, and replaces an earlier cohort', async ({ folder }) => {
  const out = path.join(folder, 'cohort');
  await synthesiseCtCohort({ subjects: 1, seed: 3, out, matrix: MATRIX });
  const first = await hashOf(out);
  await synthesiseCtCohort({ subjects: 2, seed: 3, out, matrix: MATRIX });
  assert.is.not(await hashOf(out), first);
  await synthesiseCtCohort({ subjects: 1, seed: 3, out, matrix: MATRIX });
  assert.is(await hashOf(out), first);
});

test('wrong arguments and a folder of other files are refused, and an interruption leaves nothing', async ({
  folder,
}) => {
  const refusal = async (options: Partial<Parameters<typeof synthesiseCtCohort>[0]>): Promise<string> => {
    try {
      await synthesiseCtCohort({ subjects: 1, seed: 1, out: path.join(folder, 'x'), matrix: MATRIX, ...options });
    } catch (error) {
      return (error as Error).message;
    }
    return 'no error';
  };
  assert.match(await refusal({ subjects: 0 }), 'subjects: 0 is not a whole number from 1');
  assert.match(await refusal({ seed: -1 }), 'seed: -1');
  assert.match(await refusal({ matrix: 33 }), 'matrix: 33 is not an even number');
  assert.match(await refusal({ signal: AbortSignal.abort(new Error('interrupted')) }), 'interrupted');
  assert.equal(await readdir(folder), []);
  await writeFile(path.join(folder, 'letter.txt'), 'mine');
  assert.match(await refusal({ out: folder }), 'holds other files');
  assert.equal(await readdir(folder), ['letter.txt']);
});

test.run();
