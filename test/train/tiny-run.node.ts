import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Gpu } from '../../src/gpu/index.ts';
import { parseConfig } from '../../src/train/config.ts';
import { type AgeModel, encodeModel } from '../../src/train/model-file.ts';
import { createNetwork } from '../../src/train/network.ts';
import { RunFolder } from '../../src/train/run-folder.node.ts';
import { tinyData } from './tiny.ts';
import { writeTinyFolder } from './tiny-folder.node.ts';

/** A finished run of two folds on made-up pictures of 32 × 32 below `folder`; its networks were never trained. */
export async function writeTinyRun(gpu: Gpu, folder: string, count: number): Promise<RunFolder> {
  const data = path.join(folder, 'prepared');
  await writeTinyFolder(data, count);
  const { images_sha256, subjects_sha256 } = JSON.parse(readFileSync(path.join(data, 'prepare.json'), 'utf8'));
  const run = new RunFolder(path.join(folder, 'run'));
  const config = parseConfig({ data, folds: 2, picture: 32, model: { name: 'resnet20' } }, 'tiny');
  const facts = { recipe: {}, found: count, used: count, refused: [], synthetic: true };
  await run.begin(config, {}, { fingerprint: `${images_sha256}-${subjects_sha256}`, ...facts });
  const members: AgeModel['members'] = [];
  for (const fold of [0, 1]) {
    const network = createNetwork(gpu, 'resnet20', 3 + fold);
    const weights = await network.stateDict();
    members.push({ fold, standardisation: { mean: 50, deviation: 20 }, sigmaScale: 1, weights });
    network.dispose();
  }
  const model = { network: 'resnet20', side: 32, recipe: { markers: 'band', slab: 10 }, synthetic: true } as const;
  await run.writeText(encodeModel({ ...model, members }), 'model.safetensors');
  const { subjects } = tinyData(count, 32, 7);
  await run.writePredictions(
    subjects.map(({ subject, age, sex, scanner, contrast }, row) => ({
      ...{ subject, row, fold: row % 2, age, sex, scanner, contrast, truth: null },
      ...{ mean: 50 + row, sigma_raw: 5, sigma: 6, training_mean: 50 },
    })),
  );
  return run;
}
