import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeCtSlice } from '../../src/formats/dicom/write.ts';
import { readStudiesAt, walk, writeFileAtomically } from '../../src/formats/files.node.ts';
import { makeSlice } from './make.ts';

const test = suite<{ folder: string }>('formats/files');

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'agelens-files-'));
});
test.after.each(async ({ folder }) => {
  await rm(folder, { recursive: true });
});

test('a folder is walked in the order of names, links once, hidden files never', async ({ folder }) => {
  await mkdir(join(folder, 'b/deep'), { recursive: true });
  for (const name of ['b/2', 'b/deep/1', 'a', 'c', '.hidden']) await writeFile(join(folder, name), name);
  await symlink(folder, join(folder, 'b/loop'));
  await symlink(join(folder, 'gone'), join(folder, 'dangling'));
  const sources = await walk(folder);
  assert.equal(
    sources.map(({ name }) => name.slice(folder.length + 1)),
    ['a', 'b/2', 'b/deep/1', 'c'],
  );
  assert.equal(
    sources.map(({ size }) => size),
    [1, 3, 8, 1],
  );
});

test('a source reads any part of its file', async ({ folder }) => {
  await writeFile(join(folder, 'x'), '0123456789');
  const [source] = await walk(join(folder, 'x'));
  const text = async (start?: number, end?: number) => new TextDecoder().decode(await source?.read(start, end));
  assert.equal(
    [await text(), await text(3), await text(2, 5), await text(8, 99)],
    ['0123456789', '3456789', '234', '89'],
  );
});

test('a file is written wholly or not at all', async ({ folder }) => {
  const path = join(folder, 'out.bin');
  await writeFileAtomically(path, 'first');
  function* pieces() {
    yield new TextEncoder().encode('half');
    throw new Error('no more');
  }
  let message = '';
  await writeFileAtomically(path, pieces()).catch((error: Error) => {
    message = error.message;
  });
  assert.is(message, 'no more');
  assert.is(await readFile(path, 'utf8'), 'first');
  assert.equal(await readdir(folder), ['out.bin']);
  await writeFileAtomically(path, [new TextEncoder().encode('sec'), new TextEncoder().encode('ond')]);
  assert.is(await readFile(path, 'utf8'), 'second');
  assert.equal(await readdir(folder), ['out.bin']);
});

test('a file that cannot be written is a message for the user', async ({ folder }) => {
  let message = '';
  await writeFileAtomically(join(folder, 'no', 'out'), 'x').catch((error: Error) => {
    message = `${error.name}: ${error.message}`;
  });
  assert.ok(message.startsWith(`UserError: ${join(folder, 'no', 'out')}: it cannot be written (ENOENT`), message);
});

test('studies are found on disk', async ({ folder }) => {
  for (let i = 0; i < 3; i++) await writeFile(join(folder, `${i}.dcm`), writeCtSlice(makeSlice(i)));
  const { studies } = await readStudiesAt(folder);
  assert.equal(
    studies.map(({ name, files }) => [name, files.length]),
    [[folder, 3]],
  );
  assert.is((await studies[0]?.load())?.data.length, 36);
});

test('nothing to read is said in one line', async ({ folder }) => {
  const message = (path: string) =>
    readStudiesAt(path).then(
      () => 'read',
      (error: Error) => error.message,
    );
  assert.is(await message(join(folder, 'no')), `${join(folder, 'no')}: no such file or folder`);
  await writeFile(join(folder, 'notes.txt'), 'x');
  assert.is(await message(folder), `${folder}: no DICOM or NIfTI file among 1 file`);
});

test.run();
