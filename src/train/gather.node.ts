/** What the finished folds of a run give together. */
import { UserError } from '../util/errors.ts';
import { recalibrated } from './metrics/sigma-scale.ts';
import { encodeModel, type Member } from './model-file.ts';
import { type DataFacts, type FoldFacts, type RunFolder, standardisationOf } from './run-folder.node.ts';

/**
 * Puts the folds' predictions, histories and weights together. A function of the folds' files alone, wherever and in
 * whatever order they were trained.
 * @throws UserError when a fold is missing or was trained with other settings, data or start than the run's
 */
export async function gather(run: RunFolder): Promise<void> {
  const config = await run.readConfig();
  const folds = Array.from({ length: config.folds }, (_, fold) => fold);
  const facts = await Promise.all(folds.map((fold) => run.foldFacts(fold)));
  await expectSame(run, facts);
  const found = (await Promise.all(folds.map((fold) => run.readPredictions(run.folder(fold))))).flat();
  const whole = recalibrated(facts, found);
  await run.writePredictions(whole.predictions.sort((a, b) => a.row - b.row));
  const histories = await Promise.all(folds.map((fold) => run.readHistory(run.folder(fold))));
  await run.writeHistory(histories.flat());
  const members: Member[] = [];
  for (const each of whole.folds) members.push(await memberOf(run, each));
  const { synthetic, recipe } = await run.readJson<DataFacts>('data.json');
  const model = encodeModel({
    network: config.model.name,
    side: config.picture,
    recipe: recipeOf(recipe),
    synthetic,
    members,
  });
  await run.writeText(model, 'model.safetensors');
}

async function expectSame(run: RunFolder, facts: readonly FoldFacts[]): Promise<void> {
  const wanted = await run.sha256();
  for (const { fold, run_sha256: sha256 } of facts) {
    if (sha256 !== wanted)
      throw new UserError(
        `${run.file(run.folder(fold))}: it was trained with other settings, data or weights to start from than ${run.path} (run_sha256 ${sha256?.slice(0, 12)}, not ${wanted.slice(0, 12)}); remove it and train it again`,
      );
  }
}

/** The network of a finished fold. */
export async function memberOf(run: RunFolder, facts: FoldFacts): Promise<Member> {
  const { fold } = facts;
  const last = await run.lastCheckpoint(fold);
  if (!last) throw new UserError(`${run.file(run.folder(fold))}: its checkpoints are gone`);
  const { model } = last.position.epoch === facts.epoch ? last : await run.bestCheckpoint(fold);
  return { fold, standardisation: standardisationOf(facts), sigmaScale: facts.sigma_scale, weights: model };
}

function recipeOf(recipe: Record<string, string | number>): { markers: 'band' | 'all'; slab: number | 'full' } {
  const slab = recipe.slab === 'full' ? 'full' : Number(recipe.slab ?? 10);
  return { markers: recipe.markers === 'all' ? 'all' : 'band', slab };
}
