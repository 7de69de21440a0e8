import type { AgePrediction } from '../../train/ensemble.ts';
import type { Image } from '../../train/overlay.ts';
import { make } from '../shared/dom.ts';

/** What the page knows of one judged study. */
export interface Judgement {
  name: string;
  /** Age in the files, years. */
  statedAge: number | null;
  size: readonly number[];
  spacing: readonly number[];
  warnings: readonly string[];
  synthetic: boolean;
  prediction: AgePrediction;
  picture: Image;
  overlay: Image;
}

const years = (value: number): string => value.toFixed(1);

function canvasOf({ width, height, data }: Image, label: string): HTMLCanvasElement {
  const canvas = make('canvas', { width, height });
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

/** The predicted normal density over the span of adult ages, with the age the files state. */
function densityChart({ age, sigma }: AgePrediction, statedAge: number | null): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('class', 'density');
  svg.setAttribute('viewBox', '0 0 420 110');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `Predicted density: mean ${years(age)}, standard deviation ${years(sigma)} years`);
  const x = (value: number): number => 10 + 4 * value;
  const y = (value: number): number => 84 - 70 * Math.exp(-0.5 * ((value - age) / sigma) ** 2);
  const points = Array.from({ length: 201 }, (_, i) => i / 2).map(
    (value) => `${x(value).toFixed(1)} ${y(value).toFixed(1)}`,
  );
  const add = (tag: string, attributes: Record<string, string>, text = ''): void => {
    const element = document.createElementNS(namespace, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    svg.append(element);
  };
  add('path', { class: 'curve', d: `M${x(0)} 84L${points.join('L')}L${x(100)} 84Z` });
  add('path', { class: 'axis', d: `M${x(0)} 84H${x(100)}` });
  for (const tick of [0, 20, 40, 60, 80, 100])
    add('text', { x: String(x(tick)), y: '101', 'text-anchor': 'middle' }, String(tick));
  if (statedAge !== null && statedAge <= 100) add('path', { class: 'mark', d: `M${x(statedAge)} 8V84` });
  return svg;
}

function factList(judgement: Judgement): HTMLElement {
  const { prediction, statedAge, size, spacing, name, warnings } = judgement;
  const rows: [string, string][] = [
    [
      '90 % interval',
      `${years(prediction.age - 1.645 * prediction.sigma)} to ${years(prediction.age + 1.645 * prediction.sigma)} years`,
    ],
    [
      'Parts of σ',
      `${years(prediction.aleatoric)} from the picture, ${years(prediction.epistemic)} between ${prediction.members.length} networks`,
    ],
    ['Age in the files', statedAge === null ? 'not stated' : `${years(statedAge)} years (dashed line)`],
    ['Volume', `${size.join(' × ')} voxels of ${spacing.map((value) => value.toFixed(2)).join(' × ')} mm`],
    ['Source', name || 'dropped files'],
    ...warnings.map((warning): [string, string] => ['Note', warning]),
  ];
  const list = make('dl', { className: 'facts' });
  for (const [term, text] of rows) list.append(make('dt', {}, term), make('dd', {}, text));
  return list;
}

function viewer({ picture, overlay }: Judgement): HTMLElement {
  const top = canvasOf(overlay, 'Score-CAM map over the projections');
  const slider = make('input', { type: 'range', min: '0', max: '100', value: '100' });
  slider.setAttribute('aria-label', 'Strength of the Score-CAM map');
  slider.addEventListener('input', () => {
    top.style.opacity = String(Number(slider.value) / 100);
  });
  const images = make('div', { className: 'viewer' }, canvasOf(picture, 'Coronal and sagittal projections'), top);
  return make('div', {}, images, make('label', { className: 'row' }, 'Score-CAM', slider));
}

/** The panel of one judged study. Numbers are also kept in `data-` attributes with all their digits. */
export function resultPanel(judgement: Judgement): HTMLElement {
  const { prediction, statedAge, synthetic } = judgement;
  const age = make(
    'div',
    { className: 'age' },
    years(prediction.age),
    make('small', {}, ` ± ${years(prediction.sigma)} years`),
  );
  age.dataset.age = String(prediction.age);
  age.dataset.sigma = String(prediction.sigma);
  const meaning = synthetic
    ? 'From a model trained on generated bodies: medically this number means nothing.'
    : 'Research software, not a medical device.';
  const text = make(
    'div',
    {},
    make('h2', {}, 'Predicted age'),
    age,
    make('p', { className: 'soft' }, meaning),
    densityChart(prediction, statedAge),
    factList(judgement),
  );
  return make('section', { className: 'panel result' }, text, viewer(judgement));
}
