/** The report of a run folder. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../formats/files.node.ts';
import { ageGaps, correctionAcrossFolds } from '../metrics/age-gap.ts';
import { type RunResults, readRunResults } from '../results.node.ts';
import { RunFolder } from '../run-folder.node.ts';
import type { GroupImage, ReportData } from './data.ts';
import { foldErrorsOf } from './fold-errors.ts';
import { renderReport } from './report.ts';

const imageOf = (run: string, name: string): Promise<Uint8Array> => readFile(path.join(run, 'explanations', name));

async function explanationsOf({ run, explanations }: RunResults): Promise<ReportData['explanations']> {
  if (!explanations) return null;
  const subjects = explanations.subjects.map(async (entry) => ({
    ...entry,
    images: { picture: await imageOf(run, entry.picture), overlay: await imageOf(run, entry.overlay) },
  }));
  return { ...explanations, subjects: await Promise.all(subjects) };
}

function groupImagesOf({ run, explanations }: RunResults): Promise<GroupImage[]> {
  const groups = explanations?.groups?.groups ?? [];
  return Promise.all(groups.map(async (group) => ({ ...group, image: await imageOf(run, group.overlay) })));
}

/** Gathers what the report shows. */
export async function reportData(results: RunResults): Promise<ReportData> {
  const { run, predictions, config, folds, explanations: _, ...rest } = results;
  return {
    ...rest,
    title: path.basename(path.resolve(run)),
    config,
    folds,
    predictions,
    start: await new RunFolder(run).startFacts(),
    gaps: ageGaps(predictions, correctionAcrossFolds(predictions)),
    foldErrors: foldErrorsOf(predictions, config.seed),
    explanations: await explanationsOf(results),
    groupImages: await groupImagesOf(results),
  };
}

/**
 * Writes `report.html` into a run's folder and returns its path.
 * @throws UserError when not one fold of the run is finished
 */
export async function writeReport(run: string): Promise<string> {
  const page = renderReport(await reportData(await readRunResults(run)));
  const file = path.join(run, 'report.html');
  await writeFileAtomically(file, page);
  return file;
}
