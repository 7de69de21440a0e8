import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ctSeriesOf, drawCtSubject, renderCtVolume } from '../../src/synthetic/ct/index.ts';
import { writeFolder } from '../../src/util/folder.node.ts';

const MATRIX = 512;
const SLICES = 134;
/** By this file the folder is known. */
const MARKER = 'ready';

/** A generated trunk of 512 × 512 × 134 voxels as a DICOM series below `folder`, made once. @returns where it lies */
export async function benchSeries(folder: string): Promise<string> {
  const series = path.join(folder, 'series');
  if (existsSync(path.join(folder, MARKER))) return series;
  const subject = drawCtSubject(1, 0);
  const at = (stepMm: number) => ({ ...subject, scan: { ...subject.scan, stepMm } });
  const fine = 0.5;
  const height = fine * (renderCtVolume(at(fine), 32).size[2] - 1);
  const scanned = at(height / (SLICES - 1));
  await writeFolder(folder, MARKER, async (made) => {
    await mkdir(path.join(made, 'series'));
    for (const { name, bytes } of ctSeriesOf(scanned, renderCtVolume(scanned, MATRIX)))
      await writeFile(path.join(made, 'series', name), bytes);
    await writeFile(path.join(made, MARKER), '');
  });
  return series;
}
