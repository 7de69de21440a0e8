/**
 * Age from CT in the browser: dropped files → volumes → pictures → age and Score-CAM, by the very code that
 * `agelens predict` and `agelens explain` run.
 */

import { refusalLine } from '../../formats/refusal.ts';
import { bytesSource, type FileSource } from '../../formats/source.ts';
import { readStudies, type Study } from '../../formats/studies.ts';
import { type Gpu, openGpu } from '../../gpu/index.ts';
import { ctSeries, drawCtSubject } from '../../synthetic/ct/index.ts';
import { decodeModel } from '../../train/model-file.ts';
import { overlayImage, pictureImage } from '../../train/overlay.ts';
import { noticeOf, Predictor } from '../../train/predict.ts';
import { messageOf } from '../../util/errors.ts';
import { byId, make } from '../shared/dom.ts';
import { chosenFiles, onDrop } from '../shared/drop.ts';
import { Steps } from './steps.ts';
import { resultPanel } from './view.ts';

const MODEL_ADDRESS = '../weights/model.safetensors';
const STEPS = ['Read the files', 'Make the picture', 'Predict the age', 'Explain'] as const;
/** The built-in example: a body that no quickstart trains on, because its seed is another. */
const EXAMPLE = { seed: 2023, index: 4 };

const messages = byId('messages');
const results = byId('results');
const exampleButton = byId<HTMLButtonElement>('example');

let gpu: Gpu | null = null;
let predictor: Predictor | null = null;
let busy = false;

function show(text: string, className: 'error' | 'notice'): void {
  messages.append(make('p', { className }, text));
}

/** Makes the bytes of a model file the page's model. */
function useModel(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  if (!gpu) throw new Error('no device');
  const model = decodeModel(bytes, name);
  const next = new Predictor(gpu, model);
  predictor?.release();
  predictor = next;
  const networks = `${model.members.length} ${model.members.length === 1 ? 'network' : 'networks'}`;
  byId('model').textContent = `Model: ${name}, ${networks} on ${model.side} × ${model.side} pictures.`;
  byId('notice').textContent = noticeOf(model);
  exampleButton.disabled = false;
}

async function loadServedModel(): Promise<void> {
  const response = await fetch(MODEL_ADDRESS);
  if (!response.ok) {
    byId('model').textContent =
      'No model is served with this page: drop a model.safetensors file (npm start makes one).';
    return;
  }
  useModel(new Uint8Array(await response.arrayBuffer()), 'model.safetensors');
}

async function judge(study: Study, steps: Steps): Promise<void> {
  if (!predictor) throw new Error('no model');
  await steps.start('Make the picture', `${study.size.join(' × ')} voxels`);
  const prepared = await predictor.picture(await study.load());
  await steps.start('Predict the age');
  const prediction = await predictor.predict(prepared);
  await steps.start('Explain', 'Score-CAM of 256 feature maps');
  const { map, side } = await predictor.explain(prepared);
  results.append(
    resultPanel({
      name: study.name,
      statedAge: study.age,
      size: study.size,
      spacing: study.spacing,
      warnings: [...study.warnings, ...prepared.warnings],
      synthetic: predictor.model.synthetic,
      prediction,
      picture: pictureImage(prepared.picture, prepared.side),
      overlay: overlayImage(prepared.picture, prepared.side, map, side),
    }),
  );
}

async function judgeAll(sources: readonly FileSource[]): Promise<void> {
  if (!predictor)
    return show('There is no model yet: drop a model.safetensors file first (npm start makes one).', 'error');
  const steps = new Steps(STEPS);
  try {
    await steps.start('Read the files', `${sources.length}`);
    const found = await readStudies(sources);
    for (const refusal of found.refused) show(`Not used: ${refusalLine(refusal)}`, 'error');
    if (found.studies.length === 0 && found.refused.length === 0) {
      show(`No DICOM or NIfTI file among ${sources.length} ${sources.length === 1 ? 'file' : 'files'}.`, 'error');
    }
    for (const study of found.studies) {
      // One study that cannot be used does not keep the others from being shown.
      await judge(study, steps).catch((error) => show(messageOf(error), 'error'));
    }
  } finally {
    steps.end();
  }
}

/** Does what dropped or chosen files ask for, one request at a time. */
async function take(sources: readonly FileSource[]): Promise<void> {
  if (busy || !gpu || sources.length === 0) return;
  busy = true;
  exampleButton.disabled = true;
  messages.replaceChildren();
  results.replaceChildren();
  results.setAttribute('aria-busy', 'true');
  try {
    const models = sources.filter((source) => source.name.endsWith('.safetensors'));
    for (const model of models) useModel(await model.read(), model.name);
    const rest = sources.filter((source) => !source.name.endsWith('.safetensors'));
    if (rest.length > 0) await judgeAll(rest);
  } catch (error) {
    show(messageOf(error), 'error');
  } finally {
    busy = false;
    exampleButton.disabled = predictor === null;
    results.removeAttribute('aria-busy');
  }
}

function exampleSeries(): FileSource[] {
  const subject = drawCtSubject(EXAMPLE.seed, EXAMPLE.index);
  return [...ctSeries(subject)].map(({ name, bytes }) => bytesSource(`example/${name}`, new Uint8Array(bytes)));
}

function connect(): void {
  onDrop(byId('drop'), (sources) => void take(sources));
  for (const id of ['folder', 'files']) {
    const input = byId<HTMLInputElement>(id);
    input.addEventListener('change', () => {
      void take(chosenFiles(input));
      input.value = '';
    });
  }
  exampleButton.addEventListener('click', () => void take(exampleSeries()));
}

async function start(): Promise<void> {
  try {
    gpu = await openGpu();
    byId('device').textContent = `Computing on: ${gpu.info.name}`;
    connect();
    await loadServedModel();
  } catch (error) {
    byId('device').textContent = 'No WebGPU';
    show(messageOf(error), 'error');
  }
}

void start();
