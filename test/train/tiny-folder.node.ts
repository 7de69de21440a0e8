import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pictureAt } from '../../src/train/pictures.ts';
import { PicturesWriter } from '../../src/train/pictures-file.node.ts';
import type { Subject, TestSubject } from '../../src/train/subjects.ts';
import { tinyData } from './tiny.ts';

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * A prepared folder of made-up pictures of 32 × 32.
 * @param change of the table's rows
 */
export async function writeTinyFolder(
  folder: string,
  count: number,
  change: (subject: Subject, row: number) => TestSubject = (subject) => subject,
): Promise<void> {
  const { pictures, subjects } = tinyData(count, 32, 7);
  await mkdir(folder, { recursive: true });
  const [images, table] = [path.join(folder, 'images.safetensors'), path.join(folder, 'subjects.csv')];
  const writer = await PicturesWriter.create(images, 32);
  for (let row = 0; row < count; row++) await writer.add(pictureAt(pictures, row));
  await writer.finish({ recipe: 'tiny' });
  await writer.close();
  const rows = subjects.map(change).map(({ subject, age, sex }, i) => `${subject},${i + 1},${age ?? ''},${sex}`);
  writeFileSync(table, `subject,study,age,sex\n${rows.join('\n')}\n`);
  const facts = {
    recipe: { recipe: 'tiny' },
    images_sha256: sha256(images),
    subjects_sha256: sha256(table),
    found: count,
    refused: [],
  };
  writeFileSync(path.join(folder, 'prepare.json'), JSON.stringify(facts));
}
