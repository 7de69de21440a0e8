import { html, type Markup } from '../html.ts';
import type { Telling } from './telling.ts';

/** What it was computed with. */
export function softwareMethods({ data: { environment, data } }: Telling): Markup {
  const { agelens, git_revision: revision, node, adapter } = environment;
  const preparation =
    data.preparation &&
    data.preparation.adapter.driver !== adapter.driver &&
    html` Pictures were prepared on ${data.preparation.adapter.name} (driver ${data.preparation.adapter.driver}).`;
  return html`<p>Preparation, training and evaluation were done with agelens ${agelens}${revision !== null && html` (revision ${revision})`}, which computes by WebGPU compute shaders, under Node.js ${node.replace(/^v/, '')} on ${adapter.name} (driver ${adapter.driver}).${preparation}</p>`;
}
