/** The methods as a paper tells them: every setting of the run in words, ready to be copied. */
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import type { Page } from '../page.ts';
import { dataMethods } from './methods-data.ts';
import { evaluationMethods } from './methods-evaluation.ts';
import { networkMethods } from './methods-network.ts';
import { softwareMethods } from './methods-software.ts';
import { trainingMethods } from './methods-training.ts';
import { tellingOf } from './telling.ts';

export function methods(data: ReportData, page: Page): Markup {
  const telling = tellingOf(data, page.references);
  const parts = [
    page.section('methods-data', 'Data and preparation', dataMethods(telling)),
    page.section('methods-network', 'Network', networkMethods(telling)),
    page.section('methods-training', 'Training', trainingMethods(telling)),
    page.section('methods-evaluation', 'Evaluation', evaluationMethods(telling)),
    page.section('methods-software', 'Software', softwareMethods(telling)),
  ];
  const further = telling.rest();
  return page.chapter(
    'methods',
    'Methods',
    html`<p class="hint">Written from the settings of this run, to be copied into a paper.</p>`,
    parts,
    further.length > 0 && html`<p>Further settings were: ${further.join('; ')}.</p>`,
  );
}
