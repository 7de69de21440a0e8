import { augmentationText } from '../augmentation.ts';
import { html, type Markup } from '../html.ts';
import { counted, listed, percent, setting } from '../numbers.ts';
import type { Telling } from './telling.ts';

/** How the weights were found: loss, optimiser, schedule, augmentation, what was kept. */
export function trainingMethods(telling: Telling): Markup {
  return html`<p>${loss(telling)} ${optimiser(telling)} ${schedule(telling)} ${precision(telling)} ${augmentation(telling)}</p><p>${validation(telling)} ${statistics(telling)} ${average(telling)} ${stopping(telling)} ${kept(telling)} ${seed(telling)}</p>`;
}

function loss({ cite }: Telling): Markup {
  return html`The loss was the Gaussian negative log likelihood, ½ (s + (y − μ)² e<sup>−s</sup>) for the standardised age y, averaged over the batch ${cite('variance')}.`;
}

function optimiser({ train, cite }: Telling): Markup {
  const batch = train.take('batch');
  return html`It was minimised by AdamW ${cite('adamw')} (β₁ = 0.9, β₂ = 0.999, ε = ${setting(1e-8)}, decoupled weight decay ${setting(train.take('weight_decay'))}) in batches of ${batch} for ${counted(train.take('epochs'), 'epoch')}; in each epoch the order of the pictures was drawn anew, and an incomplete last batch was left out. The gradient was scaled down where its Euclidean norm exceeded ${setting(train.take('clip_norm'))} ${cite('clipping')}.`;
}

function schedule({ train, cite }: Telling): Markup {
  const [name, peak] = [train.take('schedule'), setting(train.take('learning_rate'))];
  const share = percent(train.take('warmup'));
  const [every, factor] = [train.take('step_epochs'), setting(train.take('step_factor'))];
  const after: Record<typeof name, () => Markup> = {
    cosine: () => html`and then fell as half a cosine to 1 % of it ${cite('cosine')}`,
    linear: () => html`and then fell linearly to 1 % of it`,
    step: () => html`and was multiplied by ${factor} every ${counted(every, 'epoch')}`,
    constant: () => html`and stayed there`,
    one_cycle: () => html`, then to almost nothing, while β₁ moved against it (one cycle ${cite('cycle')})`,
  };
  const rise = name === 'one_cycle' ? `rose as half a cosine from 1/25 of its peak` : 'rose linearly';
  return html`The learning rate ${rise} over the first ${share} of all steps to ${peak}${name !== 'one_cycle' && ' '}${after[name]()}.`;
}

function precision({ train, cite }: Telling): Markup {
  return train.take('precision') === 'mixed'
    ? html`Training was in mixed precision: products in 16-bit floating point with sums in 32 bits, parameters, losses and optimiser in 32 bits, the loss scaled dynamically ${cite('mixed')}; evaluation was in 32 bits throughout.`
    : html`All arithmetic was in 32-bit floating point.`;
}

function augmentation({ augment }: Telling): Markup {
  const text = augmentationText(augment.takeAll());
  if (text === 'none') return html`Training pictures were not augmented.`;
  return html`Training pictures, with their coronal and sagittal halves, were augmented at random, anew each time they were used: ${text}.`;
}

function validation({ train, data }: Telling): Markup {
  const [share, every] = [train.take('validation'), train.take('validate_every')];
  if (share === 0) return html`No patients were set aside for validation.`;
  const counts = data.folds.map((fold) => fold.validation);
  const total = counts.length > 0 && html` (${listed(counts.map(String))} pictures)`;
  const period = every === 1 ? 'after each epoch' : `every ${every} epochs and after the last one`;
  return html`In each fold, about ${percent(share)} of the patients outside the test fold${total}, dealt in the same stratified way, were kept for validation and not trained on; the validation loss was computed ${period}.`;
}

function statistics({ train, cite }: Telling): Markup {
  const batches = train.take('statistics_batches');
  return batches === 0
    ? html`Batch normalisation was evaluated with its running averages.`
    : html`Before each evaluation, the statistics of batch normalisation ${cite('batchnorm')} were measured anew over up to ${counted(batches, 'training batch', 'training batches')} with the weights of that moment ${cite('precise')}.`;
}

function average({ train, cite }: Telling): Markup | null {
  const decay = train.take('ema');
  return decay === null
    ? null
    : html`Validation and results used an exponential moving average of the weights with decay ${setting(decay)} ${cite('averaging')}.`;
}

function stopping({ train, data }: Telling): Markup | null {
  const patience = train.take('patience');
  if (patience === null) return null;
  const epochs = data.folds.flatMap((fold) => fold.epochs ?? []);
  const ended = epochs.length > 0 && ` (the folds ended after ${listed(epochs.map(String))} epochs)`;
  return html`A fold ended early after ${counted(patience, 'validation')} without a lesser loss${ended}.`;
}

function kept({ train, data }: Telling): Markup {
  const epochs = data.folds.map((fold) => String(fold.epoch));
  if (train.take('keep') === 'last') return html`Each fold ended with the weights of its last epoch.`;
  return html`Each fold kept the weights of its least validation loss (${epochs.length === 1 ? 'epoch' : 'epochs'} ${listed(epochs)}).`;
}

function seed({ run, cite }: Telling): Markup {
  return html`Everything random was drawn from a counter-based generator ${cite('philox')} with seed ${run.take('seed')}, so that the same data, settings, software and adapter give the same weights to the bit.`;
}
