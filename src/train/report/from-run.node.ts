/** The report of a run folder. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../formats/files.node.ts';
import { type RunResults, readRunResults } from '../results.node.ts';
import { augmentationText } from './augmentation.ts';
import type { Explanation, LossCurve, ReportData } from './data.ts';
import { renderReport } from './report.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function curvesOf({ history }: RunResults): LossCurve[] {
  const curves = new Map<number, LossCurve>();
  for (const { fold, epoch, training_loss, validation_loss } of history) {
    const curve = curves.get(fold) ?? { fold, points: [] };
    curve.points.push({ epoch, training: training_loss, validation: validation_loss });
    curves.set(fold, curve);
  }
  return [...curves.values()].sort((a, b) => a.fold - b.fold);
}

async function explanationsOf({ run, explanations }: RunResults): Promise<Explanation[]> {
  const image = async (name: string): Promise<Uint8Array> => readFile(path.join(run, 'explanations', name));
  return Promise.all(
    (explanations?.subjects ?? []).map(async ({ subject, age, mean: predicted, sigma, picture, overlay }) => ({
      id: subject,
      age,
      mean: predicted,
      sigma,
      picture: await image(picture),
      overlay: await image(overlay),
    })),
  );
}

function settingsOf({ config, folds, data }: RunResults): ReportData['settings'] {
  const { train, augment } = config;
  const counts = (key: 'training' | 'validation' | 'test'): string => folds.map((fold) => fold[key]).join(', ');
  return [
    {
      heading: 'Data',
      rows: [
        ...Object.entries(data.recipe).map(([key, value]): [string, string] => [key, String(value)]),
        ['Picture given to the network', `${config.picture} × ${config.picture} pixels (area average)`],
        ['Folds', `${config.folds}, by patient, stratified by age and sex`],
        [
          'Training / validation / test pictures',
          `${counts('training')} / ${counts('validation')} / ${counts('test')}`,
        ],
        ['Data fingerprint', data.fingerprint],
      ],
    },
    {
      heading: 'Network and training',
      rows: [
        ['Network', `${config.model.name}, one input channel, outputs μ and s = log σ²`],
        [
          'Start',
          config.model.weights === null ? 'random weights' : `weights of ${path.basename(config.model.weights)}`,
        ],
        [
          'Optimiser',
          `AdamW, peak rate ${train.learning_rate}, decay ${train.weight_decay}, gradient norm clipped to ${train.clip_norm}`,
        ],
        ['Schedule', `linear warm-up over ${Math.round(train.warmup * 100)} % of the steps, then half a cosine to 1 %`],
        ['Epochs, batch', `${train.epochs} epochs, batch ${train.batch}`],
        ['Weights kept', train.keep === 'best' ? 'least validation loss' : 'last epoch'],
        ['Epoch kept, by fold', folds.map((fold) => fold.epoch).join(', ')],
        ['Augmentation', augmentationText(augment)],
        ['Seed', String(config.seed)],
        ['SHA-256 of weights, by fold', folds.map((fold) => fold.weights_sha256.slice(0, 16)).join(', ')],
      ],
    },
  ];
}

function environmentOf({ environment }: RunResults): [string, string][] {
  const { agelens, git_revision: revision, node, webgpu, platform, adapter } = environment;
  return [
    ['Adapter', `${adapter.name} (${adapter.kind})`],
    ['Driver', adapter.driver],
    ['agelens', revision ? `${agelens}, revision ${revision}` : agelens],
    ['Node, webgpu package', `${node}, ${webgpu}`],
    ['Platform', platform],
  ];
}

/** Gathers what the report shows. */
export async function reportData(results: RunResults): Promise<ReportData> {
  const { metrics, data, folds } = results;
  return {
    title: path.basename(path.resolve(results.run)),
    synthetic: data.synthetic,
    subjects: results.predictions.map(({ subject, age, sex, fold, mean: predicted, sigma }) => ({
      id: subject,
      age,
      sex: sex === 'F' || sex === 'M' ? sex : null,
      fold,
      mean: predicted,
      sigma,
    })),
    metrics: {
      mae: metrics.mae,
      absoluteErrorSd: metrics.absolute_error_sd,
      rmse: metrics.rmse,
      r2: metrics.r2,
      pearson: metrics.pearson,
      meanPredictorMae: metrics.mean_predictor_mae,
      limitMae: metrics.limit_mae,
      meanSigma: metrics.mean_sigma,
      sigmaScale: mean(folds.map((fold) => fold.sigma_scale)),
      coverage: metrics.coverage,
    },
    curves: curvesOf(results),
    explanations: await explanationsOf(results),
    flow: {
      found: data.found,
      used: data.used,
      refused: data.refused.map(({ study, cause }) => ({ name: study, cause })),
    },
    settings: settingsOf(results),
    environment: environmentOf(results),
    phases: results.phases,
  };
}

/**
 * Writes `report.html` into a finished run's folder and returns its path.
 * @throws UserError when the run is not finished
 */
export async function writeReport(run: string): Promise<string> {
  const page = renderReport(await reportData(await readRunResults(run)));
  const file = path.join(run, 'report.html');
  await writeFileAtomically(file, page);
  return file;
}
