/** Explanations and their files: pictures, overlays, raw maps, and `explain.json`, which lists them. */
import { mkdir } from 'node:fs/promises';
import { writeNpy } from '../formats/npz.ts';
import { writePng } from '../formats/png.ts';
import type { Gpu } from '../gpu/index.ts';
import { MapChecker } from './explain-check.ts';
import { EXPLAIN_FORMAT, type ExplanationFiles, type Explanations, type MapCheck } from './explain-file.ts';
import { writeGroups } from './explain-groups.node.ts';
import type { Group } from './explain-groups.ts';
import { overlayImage, pictureImage } from './overlay.ts';
import { noticeOf, type Predictor, type PreparedPicture } from './predict.ts';
import type { RunFolder } from './run-folder.node.ts';
import type { SaliencyMap, SaliencyOptions, SaliencySettings } from './saliency.ts';

/** Name of the file that lists all explanations of a folder. */
export const EXPLAIN_FILE = 'explain.json';

export interface ExplainOptions extends SaliencyOptions {
  /** Whether each map is checked by deletion and insertion, and by randomised weights. */
  check: boolean;
  /** Of the checks' random orders and weights. */
  seed: number;
}

/** Whose picture is explained. */
export interface Explained {
  /** Begins the files' names. */
  name: string;
  /** Whose network is explained. */
  fold: number;
  /** Number of the picture, by which random orders differ. */
  row: number;
  prepared: PreparedPicture;
}

/** Explains pictures one after another into a folder. */
export class Explainer {
  readonly #predictor: Predictor;
  readonly #folder: RunFolder;
  readonly #settings: SaliencySettings;
  readonly #checker: MapChecker | null;
  readonly #checks: MapCheck[] = [];

  constructor(gpu: Gpu, predictor: Predictor, folder: RunFolder, { check, seed, ...options }: ExplainOptions) {
    this.#predictor = predictor;
    this.#folder = folder;
    this.#settings = predictor.how(options);
    this.#checker = check ? new MapChecker(gpu, predictor, this.#settings, seed) : null;
  }

  map({ prepared, fold }: Explained): Promise<SaliencyMap> {
    return this.#predictor.explain(prepared, fold, { ...this.#settings, recipe: this.#settings.recipe ?? undefined });
  }

  /** Writes picture, overlay and raw map, after the checks that were asked for. */
  async write(explained: Explained, map: SaliencyMap): Promise<ExplanationFiles & { check?: MapCheck }> {
    const { name, fold, row, prepared } = explained;
    const check = await this.#checker?.check(prepared, map, fold, row);
    if (check) this.#checks.push(check);
    const files = { picture: `${name}-picture.png`, overlay: `${name}-overlay.png`, map: `${name}-map.npy` };
    const { picture, side } = prepared;
    await mkdir(this.#folder.path, { recursive: true });
    await this.#folder.writeText(writePng(pictureImage(picture, side)), files.picture);
    await this.#folder.writeText(writePng(overlayImage(picture, side, map.map, map.side)), files.overlay);
    await this.#folder.writeText(writeNpy({ shape: [map.side, map.side], data: map.map }), files.map);
    return check ? { ...files, check } : files;
  }

  /** Writes the list of all that was explained. */
  async finish<Entry>(subjects: Entry[], groups: readonly Group[] | null = null): Promise<Explanations<Entry>> {
    const { model } = this.#predictor;
    const content: Explanations<Entry> = {
      format: EXPLAIN_FORMAT,
      notice: noticeOf(model),
      network: model.network,
      side: model.side,
      ...this.#settings,
      subjects,
      check: this.#checker?.summary(this.#checks) ?? null,
      groups: groups && (await writeGroups(this.#folder, groups, model.side)),
    };
    await this.#folder.writeJson(content, EXPLAIN_FILE);
    return content;
  }

  /** Gives the device memory of the checks back. */
  release(): void {
    this.#checker?.release();
  }
}
