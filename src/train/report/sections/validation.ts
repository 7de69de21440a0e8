import { driftFigure, figuresTable } from '../../validation/report.ts';
import { repetitions } from '../../validation/report-reproducibility.ts';
import type { Validation } from '../../validation/results.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { counted, fixed, percent } from '../numbers.ts';
import type { Page } from '../page.ts';

/** What `agelens validate` found, where the run has been validated. */
export function validation({ validation: result }: ReportData, page: Page): Markup | null {
  if (result === null) return null;
  const { robustness, criteria } = result;
  return page.section(
    'validation',
    'Technical validation',
    html`<p>${robustnessText(result)}</p>`,
    driftFigure(robustness, criteria, page),
    figuresTable(robustness.perturbations, page),
    repetitions(result, page),
  );
}

function robustnessText({ robustness, criteria }: Validation): string {
  const { of, studies, patients, perturbations } = robustness;
  const conditions = perturbations.flatMap(({ strengths }) => strengths);
  const kept = conditions.filter(({ failed }) => failed.length === 0).length;
  const what = of === 'scans' ? 'Scans were perturbed before their preparation' : 'Prepared pictures were perturbed';
  return `${what} (${counted(studies, 'study', 'studies')} of ${counted(patients, 'patient')}) and predicted by the networks that had not seen the patients. The criteria, set beforehand, were an ICC(2,1) of the predicted age with and without the perturbation of at least ${fixed(criteria.icc, 2)}, a growth of the MAE by at most ${fixed(criteria.mae_drift)} year, and at most ${percent(criteria.refused_share)} refused studies; ${kept} of ${counted(conditions.length, 'perturbation')} kept all of them.`;
}
