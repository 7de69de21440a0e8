/** A made-up run, complete or degenerate in many ways. */
import { parseConfig } from '../../../src/train/config.ts';
import { ageGaps, correctionAcrossFolds } from '../../../src/train/metrics/age-gap.ts';
import { computeMetrics, type Prediction } from '../../../src/train/metrics.ts';
import type { ReportData } from '../../../src/train/report/data.ts';
import { foldErrorsOf } from '../../../src/train/report/fold-errors.ts';
import { randomStream } from '../../../src/util/random.ts';

export const EVIL = '<script>alert("1")</script>';

export interface ExampleOptions {
  subjects?: number;
  folds?: number;
  truth?: boolean;
  sexes?: boolean;
  /** The same age for all. */
  age?: number;
  settings?: object;
}

export function examplePredictions({ subjects = 48, folds = 3, truth = true, sexes = true, age }: ExampleOptions = {}) {
  const stream = randomStream(5, 'report');
  return Array.from({ length: subjects }, (_, i): Prediction => {
    const own = age ?? 21 + (60 * i) / Math.max(1, subjects - 1);
    const sigma = 3 + (i % 4);
    return {
      subject: i === 0 ? EVIL : `s${i}`,
      row: i,
      fold: i % folds,
      age: own,
      sex: sexes ? (['F', 'M', ''][i % 3] as string) : '',
      scanner: sexes ? `Maker & "Sons" ${i % 2}` : '',
      contrast: sexes ? (i % 2 ? 'yes' : 'no') : '',
      mean: 0.8 * own + 10 + stream.normal(0, 5),
      sigma_raw: sigma,
      sigma: 1.25 * sigma,
      training_mean: 50,
      truth: truth ? { biologicalAge: own, mean: own, sigma: 3 + 0.01 * own, absoluteError: 2.75 } : null,
    };
  });
}

export function example(options: ExampleOptions = {}): ReportData {
  const { folds = 3, truth = true, settings = {} } = options;
  const predictions = examplePredictions(options);
  const adapter = { name: 'an adapter', kind: 'lavapipe', driver: 'its driver' };
  const environment = {
    agelens: '1.2.3',
    git_revision: 'abc+',
    node: 'v20.1.0',
    webgpu: '0.6',
    platform: 'p',
    adapter,
  };
  return {
    title: 'a & b',
    config: parseConfig({ folds, data: '/home/somebody/prepared', ...settings }, 'example'),
    environment,
    data: {
      fingerprint: 'aaaa-bbbb',
      recipe: { recipe: 'kerber2023', markers: 'band', slab: 10, grid: '112 × 112 × 224' },
      found: predictions.length + 3,
      used: predictions.length,
      refused: [
        { study: 'refused 1', cause: 'gantry tilt of 12.0°' },
        { study: 'refused 2', cause: 'gantry tilt of 8.5°' },
        { study: 'refused 3', cause: '<img src=x onerror=alert(1)>' },
      ],
      synthetic: truth,
      files: 5000,
      other_files: 7,
      labels_without_study: 2,
      identifiers_kept: false,
      remarks: [{ row: 0, remarks: ['the body is cut off at the left'] }],
      preparation: environment,
    },
    start: null,
    folds: Array.from({ length: folds }, (_, fold) => ({
      fold,
      weights_sha256: `f00${fold}`,
      epoch: 2,
      epochs: 2,
      age_mean: 50,
      age_deviation: 18,
      sigma_scale: 1.25,
      run_sha256: 'cccc',
      training: 20,
      validation: 9,
      test: predictions.filter((each) => each.fold === fold).length,
    })),
    history: Array.from({ length: folds }, (_, fold) =>
      [1, 2].map((epoch) => ({
        fold,
        epoch,
        step: epoch * 5,
        learning_rate: 1e-3,
        training_loss: 1 / epoch,
        validation_loss: epoch === 2 ? 0.75 : null,
        validation_mae: epoch === 2 ? 6.125 : null,
      })),
    ).flat(),
    predictions,
    metrics: computeMetrics(predictions, 1),
    gaps: ageGaps(predictions, correctionAcrossFolds(predictions)),
    foldErrors: foldErrorsOf(predictions, 1),
    explanations: {
      format: 'agelens-explain-1',
      notice: '',
      network: 'resnet18',
      side: 224,
      method: 'score-cam',
      recipe: 'wang2020',
      layer: 'layer3',
      check: {
        ...{ subjects: 1, seed: 1, baseline: 'empty', random_orders: 4, shares: [0, 0.5, 1] },
        curves: {
          ...{ deletion: [0, 8, 12], insertion: [12, 2, 0], random_deletion: [0, 5, 12], random_insertion: [12, 6, 0] },
          areas: { deletion: 7.25, insertion: 4.125, random_deletion: 5.5, random_insertion: 6.5 },
        },
        ...{ deletion_better: 1, insertion_better: 0.75 },
        randomised: [
          { part: 'fc', spearman: 0.75, ssim: 0.625 },
          { part: 'layer1', spearman: null, ssim: 0.125 },
        ],
        ...{ threshold: 0.5, map_changes: true },
      },
      subjects: [
        {
          ...{ subject: EVIL, row: 0, fold: 0, age: 24.5, mean: 27.3, sigma: 4 },
          ...{ picture: 'p.png', overlay: 'o.png', map: 'm.npy' },
          images: { picture: Uint8Array.of(1, 2, 3), overlay: Uint8Array.of(4, 5, 6) },
        },
      ],
      groups: null,
    },
    external: null,
    groupImages: [],
    validation: null,
    phases: [['training', 12.34]],
  };
}
