import type { GroupImage, ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { counted } from '../numbers.ts';
import type { Page } from '../page.ts';
import { dataAddress, heatScale } from './explanations.ts';

const SEXES: Record<string, string> = { F: 'female', M: 'male', O: 'other' };

function nameOf({ age_from, age_to, sex }: GroupImage): string {
  const who = sex === null ? 'all' : (SEXES[sex] ?? 'sex not known');
  return `${age_from} to ${age_to - 1} years, ${who}`;
}

function picture(group: GroupImage): Markup {
  const name = nameOf(group);
  return html`<div class="case"><div class="images single"><img src="${dataAddress(group.image)}" alt="Mean saliency map, ${name}"></div><p>${name}: ${counted(group.pictures, 'picture')} of ${counted(group.patients, 'patient')}</p></div>`;
}

/** Mean maps of people of like age. */
export function explanationGroups({ groupImages }: ReportData, page: Page): Markup | null {
  if (groupImages.length === 0) return null;
  return page.section(
    'explanation-groups',
    'Saliency by age band',
    page.figure(
      html`${heatScale()}<div class="gallery groups">${groupImages.map(picture)}</div>`,
      'Mean saliency maps over mean pictures, out of fold, by decade of true age, of all and by sex. All are drawn on one scale, so that groups can be compared.',
    ),
  );
}
