import type { Environment } from '../../environment.node.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup, type Part } from '../html.ts';
import { fixed } from '../numbers.ts';
import { numeric, type Page } from '../page.ts';

/** With what it was computed, from what, how long it took, and all settings as they are in the file. */
export function reproducibility(data: ReportData, page: Page): Markup {
  return page.chapter(
    'reproducibility',
    'Reproducibility',
    page.section('environment', 'Environment', environment(data, page)),
    page.section('hashes', 'Hashes', hashes(data, page)),
    data.phases.length > 0 && page.section('timing', 'Timing', timing(data, page)),
    page.section('settings', 'Settings', settings(data, page)),
  );
}

function rowsOf({ agelens, git_revision: revision, node, webgpu, platform, adapter }: Environment): [string, string][] {
  return [
    ['agelens', agelens],
    ['Revision', revision === null ? 'not known' : revision.replace(/\+$/, ', with changes')],
    ['Adapter', `${adapter.name} (${adapter.kind})`],
    ['Driver', adapter.driver],
    ['Node.js', node],
    ['WebGPU (Dawn) package', webgpu],
    ['Platform', platform],
  ];
}

function environment({ environment: training, data: { preparation } }: ReportData, page: Page): Markup {
  const prepared = preparation ? new Map(rowsOf(preparation)) : null;
  return page.table({
    caption: 'Software and hardware.',
    columns: ['', 'Training and evaluation', ...(prepared ? ['Preparation'] : [])],
    rows: rowsOf(training).map(([name, value]) => [name, value, ...(prepared ? [prepared.get(name) ?? ''] : [])]),
  });
}

const code = (text: string): Markup => html`<code>${text}</code>`;

function hashes({ data, start, folds }: ReportData, page: Page): Markup {
  const [pictures, table] = data.fingerprint.split('-');
  const rows: Part[][] = [
    ['Prepared pictures', code(pictures ?? '')],
    ...(table === undefined ? [] : [['Table of subjects', code(table)]]),
    ...(start === null ? [] : [['Weights at the start', code(start.sha256)]]),
    ...folds.map(({ fold, weights_sha256 }): Part[] => [`Weights of fold ${fold}`, code(weights_sha256)]),
  ];
  return page.table({
    caption:
      'SHA-256 of data and weights. The same data, settings, software, adapter and driver give the same weights.',
    columns: ['', 'SHA-256'],
    rows,
  });
}

function timing({ phases }: ReportData, page: Page): Markup {
  return page.table({
    caption: 'Time that the parts of the run took.',
    columns: ['Part', ...numeric('Seconds')],
    rows: phases.map(([name, seconds]) => [name, fixed(seconds)]),
  });
}

/** Folders may name people. */
const hidden = (file: string | null): string | null => file && 'see the hashes';

function settings({ config, data }: ReportData, page: Page): Markup {
  const { data: _folder, model, train, augment, ...run } = config;
  const groups: [string, object][] = [
    ['', run],
    ['model.', { ...model, weights: hidden(model.weights), from_run: hidden(model.from_run) }],
    ['train.', train],
    ['augment.', augment],
    ['recipe.', data.recipe],
  ];
  return page.table({
    caption: 'All settings by their names in config.yaml and prepare.json; folders are left out.',
    columns: ['Setting', 'Value'],
    rows: groups.flatMap(([group, values]) =>
      Object.entries(values).map(([key, value]) => [
        code(group + key),
        String(typeof value === 'object' ? JSON.stringify(value) : value),
      ]),
    ),
    long: true,
  });
}
