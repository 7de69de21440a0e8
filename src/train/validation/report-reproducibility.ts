/** The chapter of validation.html on what can be had again. */
import { html, type Markup, type Part } from '../report/html.ts';
import { counted, fixed, listed, withInterval } from '../report/numbers.ts';
import type { Page } from '../report/page.ts';
import type { Seeds, TrainingAgain } from './reproducibility.node.ts';
import type { PreparationAgain, Validation } from './results.ts';

export function reproducibilityChapter(result: Validation, page: Page): Markup {
  return page.chapter('reproducibility', 'Reproducibility', repetitions(result, page));
}

/** What was done again, and whether it came out the same. */
export function repetitions({ reproducibility }: Validation, page: Page): Markup {
  const { predictions, preparation, training, seeds } = reproducibility;
  const table = page.table({
    caption: 'Repetitions.',
    columns: ['What was repeated', 'Result', 'To the bit'],
    rows: [
      [
        `All ${predictions.predictions} out-of-fold predictions of the run, twice`,
        `${predictions.same_as_run} equal predictions.csv; the largest difference is ${fixed(predictions.largest_difference, 6)} years`,
        mark(predictions.same_twice && predictions.same_as_run === predictions.predictions),
      ],
      ...(preparation ? [preparationRow(preparation)] : []),
      ...trainingRows(training),
    ],
    note: training.other_driver
      ? `The run was computed on ${training.other_driver}: equality with it is not promised on another adapter or driver.`
      : null,
  });
  return html`${table}${seeds && seedsParagraph(seeds)}`;
}

const mark = (same: boolean): string => (same ? '✓ same' : '✗ not the same');

function preparationRow({ scans, same_twice: twice, same_as_prepared: before }: PreparationAgain): Part[] {
  return [
    `Preparation of ${counted(scans, 'scan')}, twice`,
    `${twice} gave the same picture both times, ${before} the one that the networks learned from`,
    mark(twice === scans && before === scans),
  ];
}

function trainingRows(training: TrainingAgain): Part[][] {
  const { fold, epochs, of_epochs: all, steps, weights_sha256: hashes } = training;
  const rows: Part[][] = [];
  if (training.same_twice !== null) {
    rows.push([
      `${epochs} of ${all} epochs of fold ${fold} with the run’s seed, twice (${steps} steps each)`,
      html`SHA-256 of the weights <code>${hashes[0]?.slice(0, 16)}</code> and <code>${hashes[1]?.slice(0, 16)}</code>`,
      mark(training.same_twice),
    ]);
  }
  rows.push([
    `Training loss of ${counted(epochs, 'epoch')} of fold ${fold}`,
    'compared with metrics.csv of the run',
    mark(training.same_losses_as_run),
  ]);
  if (training.same_weights_as_run !== null) {
    rows.push([
      `Whole training of fold ${fold} with the run’s seed (${steps} steps)`,
      html`SHA-256 of the weights <code>${hashes[0]?.slice(0, 16)}</code>`,
      mark(training.same_weights_as_run),
    ]);
  }
  return rows;
}

function seedsParagraph({
  fold,
  seeds,
  epochs,
  of_epochs: all,
  studies,
  spread,
  icc_absolute: icc,
  mae,
}: Seeds): Markup {
  const short =
    epochs < all
      ? ` Each was trained over a short schedule of ${epochs} epochs (the run has ${all}), so the spread of fully trained networks is another one (--full).`
      : '';
  return html`<h3>Other seeds</h3><p>Fold ${fold} was trained with seeds ${listed(seeds.map(String))} on the same patients: first weights, order and augmentation differ.${short} On its ${counted(studies, 'test study', 'test studies')} the predicted age has a standard deviation of ${withInterval(spread, 2)} years between seeds, ICC(2,1) ${withInterval(icc, 2)}; the mean absolute errors are ${listed(mae.map((value) => fixed(value)))} years.</p>`;
}
