/** The self-contained HTML report of a run: no script, no network, printable. */
import { HEAT_GRADIENT } from '../colours.ts';
import { blandAltmanChart, coverageChart, lossChart, predictionChart, sigmaChart, yardstick } from './charts.ts';
import type { Estimate, Explanation, ReportData } from './data.ts';
import { STYLE } from './style.ts';
import { escapeText } from './svg.ts';

const number = (value: number, digits = 1): string => value.toFixed(digits).replace('-', '−');
const interval = ({ low, high }: Estimate, digits = 1): string =>
  `95 % interval ${number(low, digits)} to ${number(high, digits)}`;
const percent = (value: number): string => `${number(value * 100, 0)} %`;

/** The whole page as text. */
export function renderReport(data: ReportData): string {
  const sections = [
    header(data),
    headline(data),
    predictions(data),
    calibration(data),
    explanations(data),
    training(data),
    subjectFlow(data),
    methods(data),
    footer(),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(data.title)}: age from CT</title><style>${STYLE}</style></head>
<body>${sections.join('\n')}</body></html>
`;
}

function header({ title, synthetic, subjects }: ReportData): string {
  const cohort = synthetic ? 'generated CT series' : 'CT series';
  const folds = new Set(subjects.map((subject) => subject.fold)).size;
  const notice = synthetic
    ? 'The bodies in this cohort are generated, their ages are known exactly, and the numbers say how well the software learns them. They mean nothing medically.'
    : 'Research software. Not a medical device; not for diagnosis or for deciding about a person.';
  return `<h1>Age from thorax–abdomen CT</h1>
<p class="lead">Run “${escapeText(title)}”: ${subjects.length} ${cohort}, ${folds}-fold cross-validation by patient. Every prediction shown was made by a model that never saw the patient.</p>
<p class="notice">${notice}</p>`;
}

function card(name: string, value: string, unit: string, more: string): string {
  return `<div class="card"><div class="name">${name}</div><div class="value">${value} <small>${unit}</small></div><div class="more">${more}</div></div>`;
}

function headline({ metrics }: ReportData): string {
  const { mae, meanPredictorMae, limitMae, coverage, r2, pearson, meanSigma } = metrics;
  const ratio = mae.value / meanPredictorMae;
  const ninety = coverage.find((row) => row.level === 0.9);
  const cards = [
    card('Mean absolute error', number(mae.value), 'years', interval(mae)),
    card(
      'Against predicting the mean',
      number(ratio, 2),
      '×',
      `the mean age alone errs by ${number(meanPredictorMae)} years`,
    ),
    limitMae === null
      ? card('Root mean square error', number(metrics.rmse.value), 'years', interval(metrics.rmse))
      : card('Known limit', number(limitMae), 'years', 'no predictor can do better on this cohort'),
    card('Explained variance R²', number(r2.value, 2), '', `${interval(r2, 2)}; r = ${number(pearson.value, 2)}`),
    ninety
      ? card('90 % interval covers', percent(ninety.recalibrated), '', `mean predicted σ ${number(meanSigma)} years`)
      : card('Mean predicted σ', number(meanSigma), 'years', ''),
  ];
  return `<div class="cards">${cards.join('')}</div>
<figure>${yardstick(metrics)}<figcaption>Mean absolute error in years; zero is at the left end. The shaded band is the model’s 95 % bootstrap interval.</figcaption></figure>`;
}

function legend(subjects: ReportData['subjects']): string {
  const names = { F: ['●', 'female'], M: ['■', 'male'], unknown: ['▲', 'sex not known'] } as const;
  const present = new Set(subjects.map((subject) => subject.sex ?? 'unknown'));
  const parts = (['F', 'M', 'unknown'] as const)
    .filter((key) => present.has(key))
    .map((key) => `<span><i class="${key}">${names[key][0]}</i> ${names[key][1]}</span>`);
  return `<div class="legend">${parts.join('')}<span>┃ 90 % interval</span><span>╌ identity</span></div>`;
}

function predictions({ subjects }: ReportData): string {
  const rows = subjects
    .map(
      ({ id, age, sex, fold, mean, sigma }) =>
        `<tr><td>${escapeText(id)}</td><td>${sex ?? ''}</td><td class="number">${fold}</td><td class="number">${number(age)}</td><td class="number">${number(mean)}</td><td class="number">${number(sigma)}</td><td class="number">${number(mean - age)}</td></tr>`,
    )
    .join('');
  return `<h2>Predictions</h2>
<figure>${predictionChart(subjects)}${legend(subjects)}<figcaption>Out-of-fold predictions against true age. Bars are the recalibrated 90 % intervals, μ ± 1.645 σ.</figcaption></figure>
<figure>${blandAltmanChart(subjects)}<figcaption>Bland–Altman plot: error against the mean of truth and prediction, with bias and 95 % limits of agreement.</figcaption></figure>
<details><summary>All ${subjects.length} predictions</summary><table><tr><th>Subject</th><th>Sex</th><th class="number">Fold</th><th class="number">Age</th><th class="number">Predicted</th><th class="number">σ</th><th class="number">Error</th></tr>${rows}</table></details>`;
}

function calibration({ metrics, subjects }: ReportData): string {
  const rows = metrics.coverage
    .map(
      ({ level, raw, recalibrated }) =>
        `<tr><td>${percent(level)}</td><td class="number">${percent(raw)}</td><td class="number">${percent(recalibrated)}</td></tr>`,
    )
    .join('');
  return `<h2>Is the uncertainty honest?</h2>
<p>Each prediction comes with a standard deviation σ. If it is honest, a 90 % interval holds the true age of 90 % of the subjects, and the mean error grows with σ. One factor per fold, fitted on validation subjects that neither trained nor tested that model, rescales σ; its mean is ${number(metrics.sigmaScale, 2)}.</p>
<div class="pair"><figure>${coverageChart(metrics.coverage)}<div class="legend"><span><i class="M">■ ╌</i> as predicted</span><span><i class="F">● ─</i> recalibrated</span></div><figcaption>Coverage of the central intervals.</figcaption></figure>
<figure>${sigmaChart(subjects)}<figcaption>Mean absolute error against predicted σ in equally filled bins. The dashed line is MAE = 0.80 σ, which normal errors follow.</figcaption></figure></div>
<table><tr><th>Interval</th><th class="number">As predicted</th><th class="number">Recalibrated</th></tr>${rows}</table>`;
}

/** PNG bytes as a data address. */
function dataAddress(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}

function explanationFigure({ id, age, mean, sigma, picture, overlay }: Explanation): string {
  const caption = `${escapeText(id)}: ${number(age)} years, predicted ${number(mean)} ± ${number(sigma)}`;
  const image = (bytes: Uint8Array, alt: string): string => `<img src="${dataAddress(bytes)}" alt="${alt}">`;
  return `<figure><div class="images">${image(picture, `Projections of ${escapeText(id)}`)}${image(overlay, `Score-CAM overlay of ${escapeText(id)}`)}</div><figcaption>${caption}</figcaption></figure>`;
}

function explanations({ explanations: shown }: ReportData): string {
  if (shown.length === 0) return '';
  return `<h2>Where the model looks</h2>
<p>Left: what the network sees, maximum-intensity projections of the ten central slices, coronal and sagittal, shown upright (patient’s right on the left, front on the left). Right: Score-CAM on the features of a middle layer, each map weighted by how much the predicted age moves from that of an empty picture when only the map’s region is shown.</p>
<div class="scale" style="background:${HEAT_GRADIENT}"></div><div class="scale-names"><span>no influence</span><span>strongest</span></div>
<div class="gallery">${shown.map(explanationFigure).join('')}</div>`;
}

function training({ curves, phases }: ReportData): string {
  const legendText = curves.map(({ fold }) => `<span><i class="fold${fold % 5}">━</i> fold ${fold}</span>`).join('');
  const time =
    phases.length === 0
      ? ''
      : `<table><tr><th>Phase</th><th class="number">Seconds</th></tr>${phases.map(([name, seconds]) => `<tr><td>${escapeText(name)}</td><td class="number">${number(seconds)}</td></tr>`).join('')}</table>`;
  return `<h2>Training</h2>
<figure>${lossChart(curves)}<div class="legend"><span>─ training</span><span>╌ validation</span>${legendText}</div><figcaption>Gaussian negative log likelihood of standardised age by epoch; values far above the rest are drawn at the upper edge.</figcaption></figure>${time}`;
}

function subjectFlow({ flow }: ReportData): string {
  const refused = flow.refused
    .map(({ name, cause }) => `<tr><td>${escapeText(name)}</td><td>${escapeText(cause)}</td></tr>`)
    .join('');
  const table = refused ? `<table><tr><th>Refused</th><th>Cause</th></tr>${refused}</table>` : '';
  return `<h2>Flow of studies</h2><p>${flow.found} studies found, ${flow.refused.length} refused, ${flow.used} used.</p>${table}`;
}

function rowsTable(rows: [string, string][]): string {
  return `<table>${rows.map(([name, value]) => `<tr><th>${escapeText(name)}</th><td>${escapeText(value)}</td></tr>`).join('')}</table>`;
}

function methods({ settings, environment }: ReportData): string {
  const groups = settings
    .map(({ heading, rows }) => `<div><h3>${escapeText(heading)}</h3>${rowsTable(rows)}</div>`)
    .join('');
  return `<h2>Methods</h2>
<p>Each CT volume is brought to RAS+ orientation and resampled over its whole field of view to 112 × 112 × 224 voxels (cubic B-spline). A body mask (threshold −600 HU, watershed on the Sobel magnitude, hole filling, largest component) removes the table. Maximum-intensity projections over the central slab, sagittal and coronal, make the picture. A convolutional network predicts a mean μ and s = log σ² and is trained with the Gaussian negative log likelihood ½(s + (y − μ)²/eˢ) on ages standardised over the training subjects (Kerber et al., PLOS ONE 18(11), e0292993, 2023).</p>
<div class="pair">${groups}</div><h3>Environment</h3>${rowsTable(environment)}`;
}

function footer(): string {
  return '<footer>Made by agelens. Research software, not a medical device. This file is complete in itself and loads nothing from a network.</footer>';
}
