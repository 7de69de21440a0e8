import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DicomFile } from '../formats/dicom/header.ts';
import { writeFileAtomically } from '../formats/files.node.ts';
import { FileNaming } from '../formats/naming.ts';
import { writeNifti } from '../formats/nifti/write.ts';
import { RefusedError } from '../formats/refusal.ts';
import type { FileSource } from '../formats/source.ts';
import { readDicomFile, type Study } from '../formats/studies.ts';
import { axisCodes, shear, volumeSha256, volumeStatistics } from '../formats/volume.ts';
import { UserError } from '../util/errors.ts';
import { defineCommand } from './command.ts';
import { KEEP_IDENTIFIERS, largestStudy, noteRefusals, nothingUsable, readInput } from './inputs.ts';
import { UsageError } from './parse.ts';

/** Null for a file of no use, which belongs to no series. */
async function headerOf(source: FileSource): Promise<DicomFile | null> {
  try {
    return await readDicomFile(source);
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

/** Keeps the DICOM files of one series, by its number or its SeriesInstanceUID. */
async function filesOfSeries(sources: FileSource[], series: string): Promise<FileSource[]> {
  const kept: FileSource[] = [];
  const numbers = new Set<number>();
  for (const source of sources) {
    const header = await headerOf(source);
    if (!header) continue;
    const { seriesNumber, seriesUid } = header.identity;
    if (seriesNumber !== null) numbers.add(seriesNumber);
    if (String(seriesNumber) === series || seriesUid === series) kept.push(source);
  }
  if (kept.length > 0) return kept;
  const there = numbers.size > 0 ? `; there are series ${[...numbers].sort((a, b) => a - b).join(', ')}` : '';
  throw new UserError(`no file belongs to series "${series}"${there}`);
}

/** Degrees of shear that programs which believe in right angles would get wrong. */
const SHEARED = 0.1;

function shearWarnings({ affine }: Study): string[] {
  const degrees = shear(affine);
  if (degrees <= SHEARED) return [];
  return [
    `the slices are sheared by ${degrees.toFixed(1)}° (a tilted gantry): voxels are as acquired, and only the sform says how they lie`,
  ];
}

async function facts(study: Study, naming: FileNaming) {
  const volume = await study.load().catch((error) => {
    throw naming.error(error, study);
  });
  const { min, max, mean } = volumeStatistics(volume);
  const result = {
    format: study.format,
    size: study.size,
    spacing: study.spacing,
    slice_step: study.spacing[2],
    axes: axisCodes(study.affine),
    affine: study.affine,
    age: study.age,
    sex: study.sex,
    hu_min: min,
    hu_max: max,
    hu_mean: mean,
    hu_sha256: await volumeSha256(volume),
    warnings: [...study.warnings.map((warning) => naming.text(warning, study)), ...shearWarnings(study)],
  };
  return { volume, result };
}

export default defineCommand({
  name: 'convert',
  summary: 'turn a DICOM series (or NIfTI file) into NIfTI',
  usage: 'DIR|FILE OUT.nii.gz',
  operands: { least: 2, most: 2 },
  details: `Of several studies the one with most voxels is taken; of a study's usable series one of original axial images,
    then that with most slices, then the least series number. What is not taken is listed on standard error.

    hu_sha256 is the SHA-256 of the voxels in HU as little-endian int16, in the order z, y, x as acquired, slices sorted along
    their normal; null when values are no 16-bit integers.`,
  options: {
    series: {
      type: 'text',
      value: 'N|UID',
      help: 'take this series of a DICOM folder: its number or SeriesInstanceUID',
    },
    'mend-gaps': {
      type: 'switch',
      help: 'interpolate single missing slices between neighbours of at most 10 mm (else refused)',
    },
    'keep-identifiers': KEEP_IDENTIFIERS,
  },
  async run({ options, files: [input = '', out = ''], terminal }) {
    if (!/\.nii(\.gz)?$/.test(out)) throw new UsageError(`${out}: the output's name must end in .nii or .nii.gz`);
    const { series, 'keep-identifiers': keepIdentifiers } = options;
    const wanted = series === undefined ? undefined : (sources: FileSource[]) => filesOfSeries(sources, series);
    const found = await readInput(input, terminal, wanted, { mendGaps: options['mend-gaps'] });
    const study = largestStudy(found.studies);
    if (!study) throw nothingUsable(found, keepIdentifiers);
    const naming = new FileNaming(found, keepIdentifiers);
    const { volume, result } = await facts(study, naming);
    const others = found.studies.filter((each) => each !== study);
    noteRefusals(terminal, naming, [
      ...found.refused,
      ...study.others,
      ...others.map((other) => ({ files: other.files, cause: `another study, ${other.size.join(' × ')} voxels` })),
    ]);
    await mkdir(dirname(out), { recursive: true });
    await writeFileAtomically(out, writeNifti(volume, { gzip: out.endsWith('.gz') }));
    for (const warning of result.warnings) terminal.note(`warning: ${warning}`);
    terminal.print(
      `${out}: ${result.size.join(' × ')} voxels of ${result.spacing.map((mm) => Number(mm.toFixed(4))).join(' × ')} mm, ${result.axes}`,
    );
    terminal.print(
      `HU ${result.hu_min} to ${result.hu_max}, mean ${result.hu_mean.toFixed(3)}; age ${result.age ?? 'unknown'}, sex ${result.sex ?? 'unknown'}`,
    );
    return result;
  },
});
