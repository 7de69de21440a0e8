import type { Subgroup } from '../../metrics/subgroups.ts';
import type { Estimate } from '../../metrics.ts';
import { forestChart } from '../charts/forest.ts';
import type { ReportData } from '../data.ts';
import type { Markup } from '../html.ts';
import { fixed, percent, percentRange, range } from '../numbers.ts';
import { numeric, type Page, stacked } from '../page.ts';

const TITLES: Record<Subgroup['grouping'], string> = {
  sex: 'Sex',
  age: 'Age',
  scanner: 'Scanner',
  contrast: 'Contrast agent',
};
const SEXES: Record<string, string> = { F: 'female', M: 'male', O: 'other' };
/** Fewer pictures than these say little about a group. */
const FEW = 20;

const groupName = ({ grouping, group }: Subgroup): string => (grouping === 'sex' ? (SEXES[group] ?? group) : group);

/** The same figures for parts of the cohort. */
export function subgroups({ metrics }: ReportData, page: Page): Markup | null {
  const groups = metrics.subgroups;
  if (groups.length === 0) return null;
  const rows = groups.map((group) => ({ name: `${TITLES[group.grouping]} ${groupName(group)}`, estimate: group.mae }));
  const options = { label: 'MAE (years)', reference: metrics.mae.value, fromZero: true };
  const biases = groups.filter(({ grouping }) => grouping === 'age');
  return page.section(
    'subgroups',
    'Subgroups',
    page.figure(
      forestChart(rows, { ...options, title: 'Mean absolute error by subgroup' }),
      'Mean absolute error by subgroup with 95 % intervals; the dashed line is the error of all.',
    ),
    biases.length > 0 && biasFigure(biases, metrics.bias.value, page),
    subgroupTable(groups, 'Subgroups, with 95 % intervals by bootstrap within the group.', page),
  );
}

function biasFigure(bands: readonly Subgroup[], all: number, page: Page): Markup {
  const rows = bands.map((band) => ({ name: `Age ${band.group}`, estimate: band.bias }));
  const chart = forestChart(rows, {
    title: 'Bias by age band',
    label: 'Bias, predicted − true (years)',
    reference: all,
    fromZero: false,
  });
  return page.figure(
    chart,
    'Bias by age band with 95 % intervals; the dashed line is the bias of all. Predictions lean towards the middle of the ages they were learned from.',
  );
}

const years = (estimate: Estimate): Markup => stacked(fixed(estimate.value), range(estimate));

export function subgroupTable(groups: readonly Subgroup[], caption: string, page: Page): Markup {
  const few = groups.filter(({ pictures }) => pictures < FEW).length;
  return page.table({
    caption,
    columns: [
      'Group',
      ...numeric(
        'Pictures',
        'Patients',
        'MAE (years)',
        'RMSE (years)',
        'Bias (years)',
        '90 % interval covers',
        'Mean σ (years)',
      ),
    ],
    rows: groups.map((group) => [
      `${TITLES[group.grouping]}: ${groupName(group)}`,
      group.pictures,
      group.patients,
      years(group.mae),
      years(group.rmse),
      years(group.bias),
      stacked(percent(group.coverage_90.value), percentRange(group.coverage_90)),
      fixed(group.mean_sigma),
    ]),
    note: `Comparisons between groups are exploratory and not corrected for their number.${few > 0 ? ` Groups of fewer than ${FEW} pictures (${few} here) say little.` : ''}`,
  });
}
