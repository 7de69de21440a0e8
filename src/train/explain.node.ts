import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writePng } from '../formats/png.ts';
import { writeSafetensors } from '../formats/safetensors.ts';
import type { Gpu } from '../gpu/index.ts';
import type { Prediction } from './metrics.ts';
import { readModelFile } from './model-file.node.ts';
import { overlayImage, pictureImage } from './overlay.ts';
import { readPictures } from './pictures-file.node.ts';
import { Predictor, type PreparedPicture } from './predict.ts';
import type { ExplanationEntry } from './results.node.ts';
import { RunFolder } from './run-folder.node.ts';
import type { SaliencyMap } from './saliency.ts';

/** Names of an explanation's files; keys as in JSON. */
export interface ExplanationFiles {
  picture: string;
  overlay: string;
  map: string;
}

/** Writes picture, overlay and raw map of one explanation into a folder; `name` begins the files' names. */
export async function writeExplanation(
  folder: RunFolder,
  name: string,
  { picture, side }: Pick<PreparedPicture, 'picture' | 'side'>,
  { map, side: mapSide, method, recipe, layer }: SaliencyMap,
): Promise<ExplanationFiles> {
  await mkdir(folder.path, { recursive: true });
  const files = { picture: `${name}-picture.png`, overlay: `${name}-overlay.png`, map: `${name}-map.safetensors` };
  await folder.writeText(writePng(pictureImage(picture, side)), files.picture);
  await folder.writeText(writePng(overlayImage(picture, side, map, mapSide)), files.overlay);
  const metadata = { method, ...(recipe ? { recipe } : {}), layer };
  await folder.writeText(writeSafetensors({ map: { shape: [mapSide, mapSide], data: map } }, metadata), files.map);
  return files;
}

/** Predictions spread evenly over the ages, youngest and oldest included. */
export function spreadOverAges(predictions: readonly Prediction[], count: number): Prediction[] {
  const sorted = [...predictions].sort((a, b) => a.age - b.age || a.row - b.row);
  const places = Array.from({ length: Math.min(count, sorted.length) }, (_, i) =>
    Math.round((i * (sorted.length - 1)) / Math.max(1, count - 1)),
  );
  return places.map((place) => sorted[place] as Prediction);
}

async function picturesOf(file: string, rows: readonly number[]): Promise<Map<number, PreparedPicture>> {
  const found = new Map<number, PreparedPicture>();
  await readPictures(file, (picture, row, { side }) => {
    if (rows.includes(row)) found.set(row, { picture: Float32Array.from(picture), side, warnings: [] });
  });
  return found;
}

/**
 * Explains some of a finished run's out-of-fold predictions, each by the network that made it, into its `explanations`
 * folder.
 */
export async function explainRun(
  gpu: Gpu,
  run: RunFolder,
  count: number,
  onDone: (done: number) => void,
): Promise<ExplanationEntry[]> {
  const { data } = await run.readConfig();
  const chosen = spreadOverAges(await run.readPredictions(), count);
  const pictures = await picturesOf(
    path.join(data, 'images.safetensors'),
    chosen.map(({ row }) => row),
  );
  const predictor = new Predictor(gpu, await readModelFile(run.file('model.safetensors')));
  const folder = new RunFolder(run.file('explanations'));
  const entries: ExplanationEntry[] = [];
  for (const { subject, row, fold, age, mean, sigma } of chosen) {
    const picture = pictures.get(row);
    if (!picture) throw new Error(`row ${row} is not among the prepared pictures`);
    const files = await writeExplanation(folder, `row-${row}`, picture, await predictor.explain(picture, fold));
    entries.push({ subject, row, fold, age, mean, sigma, ...files });
    onDone(entries.length);
  }
  predictor.release();
  await folder.writeJson(entries, 'index.json');
  return entries;
}
