/** The key of a chart: each entry a drawn mark, the same as in the chart, and its name. */
import { html, type Markup, markup } from './html.ts';
import { outline, type Shape } from './svg.ts';

export interface LegendEntry {
  name: string;
  /** Class of the mark. */
  className: string;
  /** A line where left out. */
  shape?: Shape;
}

function mark({ className, shape }: LegendEntry): Markup {
  const path = shape ? outline(shape, 12, 7) : 'M1 7H23';
  return markup(`<svg viewBox="0 0 24 14" aria-hidden="true"><path class="${className}" d="${path}"/></svg>`);
}

export function legend(entries: readonly LegendEntry[]): Markup {
  return html`<ul class="legend">${entries.map((entry) => html`<li>${mark(entry)} ${entry.name}</li>`)}</ul>`;
}
