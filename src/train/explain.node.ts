/** The files of explanations: pictures, overlays and raw maps. */
import { mkdir } from 'node:fs/promises';
import { writeNpy } from '../formats/npz.ts';
import { writePng } from '../formats/png.ts';
import { EXPLAIN_FORMAT, type ExplanationFiles, type Explanations } from './explain-file.ts';
import { overlayImage, pictureImage } from './overlay.ts';
import { noticeOf, type Predictor, type PreparedPicture } from './predict.ts';
import type { RunFolder } from './run-folder.node.ts';
import type { SaliencyMap, SaliencySettings } from './saliency.ts';

/** Name of the file that lists all explanations of a folder. */
export const EXPLAIN_FILE = 'explain.json';

/** What `explain.json` says of the explanations, whoever is explained. */
export function explanationsOf<Entry>(
  { model }: Predictor,
  settings: SaliencySettings,
  subjects: Entry[],
): Explanations<Entry> {
  const { network, side } = model;
  return { format: EXPLAIN_FORMAT, notice: noticeOf(model), network, side, ...settings, subjects };
}

/** Writes picture, overlay and raw map of one explanation into a folder; `name` begins the files' names. */
export async function writeExplanation(
  folder: RunFolder,
  name: string,
  { picture, side }: Pick<PreparedPicture, 'picture' | 'side'>,
  { map, side: mapSide }: Pick<SaliencyMap, 'map' | 'side'>,
): Promise<ExplanationFiles> {
  await mkdir(folder.path, { recursive: true });
  const files = { picture: `${name}-picture.png`, overlay: `${name}-overlay.png`, map: `${name}-map.npy` };
  await folder.writeText(writePng(pictureImage(picture, side)), files.picture);
  await folder.writeText(writePng(overlayImage(picture, side, map, mapSide)), files.overlay);
  await folder.writeText(writeNpy({ shape: [mapSide, mapSide], data: map }), files.map);
  return files;
}
