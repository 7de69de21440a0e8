/**
 * From any heap of files to the volumes in it: every command and the browser page read their input through this.
 * Only headers are read here; `load()` brings a study's voxels when they are wanted.
 */

import { DICOM_MAGIC_END, isDicom } from './dicom/data-set.ts';
import { patientAge, patientSex } from './dicom/demographics.ts';
import { type DicomHeader, readDicomHeader } from './dicom/header.ts';
import { type CtSeries, chooseSeries, groupStudies, loadSeries } from './dicom/series.ts';
import { isNiftiName, readNifti, readNiftiStart } from './nifti/read.ts';
import { type Refusal, RefusedError, refusalOf } from './refusal.ts';
import { type FileSource, folderOf } from './source.ts';
import { type Matrix4, spacing, type Vector3, type Volume } from './volume.ts';

/** One volume that can be had, and what its files say about it; '' or null where they say nothing. */
export interface Study {
  kind: 'volume';
  format: 'dicom' | 'nifti';
  /** For messages: the NIfTI file, or the folder of the DICOM files. */
  name: string;
  files: string[];
  patientId: string;
  studyUid: string;
  seriesUid: string;
  seriesDescription: string;
  manufacturer: string;
  model: string;
  studyDate: string;
  /** In years. */
  age: number | null;
  sex: 'M' | 'F' | 'O' | null;
  size: Vector3;
  /** In mm. */
  spacing: Vector3;
  affine: Matrix4;
  warnings: string[];
  /** Other series of the same study, each with the reason why it is not this volume. */
  others: Refusal[];
  /** Reads the voxels. @throws RefusedError when they cannot be read after all */
  load(): Promise<Volume>;
}

export interface Studies {
  studies: Study[];
  /** Medical images that cannot be used: an entry for every study, and one for all files that are broken in the same way. */
  refused: Refusal[];
  /** Files that are no medical images (licences, tables, pictures …). */
  skipped: Refusal[];
}

const NIFTI_START = 1 << 16;
const DICOM_NAME = /\.(dcm|dicom|ima)$/i;
const NIFTI_PAIR_NAME = /\.(hdr|img)(\.gz)?$/i;

const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/**
 * Finds every volume in the files, in the order of their names: one for each NIfTI file, one for each study of DICOM
 * files (see dicom/series.ts for the rules).
 * @param sources every file once; names with "/" tell folders apart
 * @param onFile called after each file, for progress
 */
export async function readStudies(
  sources: readonly FileSource[],
  onFile?: (done: number, total: number) => void,
): Promise<Studies> {
  const headers: DicomHeader[] = [];
  const found: Studies = { studies: [], refused: [], skipped: [] };
  const sorted = [...sources].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [index, source] of sorted.entries()) {
    try {
      await readFile(source, headers, found);
    } catch (error) {
      found.refused.push(refusalOf(error, [source.name]));
    }
    onFile?.(index + 1, sorted.length);
  }
  const unreadable = found.refused
    .flatMap(({ files }) => files)
    .filter((name) => !isNiftiName(name) && !NIFTI_PAIR_NAME.test(name));
  found.refused = mergeByCause(found.refused);
  found.skipped = mergeByCause(found.skipped);
  for (const study of groupStudies(headers)) addDicomStudy(study, unreadable, found);
  found.studies.sort((a, b) => (a.name < b.name ? -1 : 1));
  return found;
}

async function readFile(source: FileSource, headers: DicomHeader[], found: Studies): Promise<void> {
  const skip = (cause: string) => found.skipped.push({ files: [source.name], cause });
  if (isNiftiName(source.name)) {
    found.studies.push(await niftiStudy(source));
  } else if (NIFTI_PAIR_NAME.test(source.name)) {
    throw new RefusedError(source.name, 'header and image in two files are not read yet; join them into one .nii file');
  } else if (isDicom(await source.read(0, DICOM_MAGIC_END))) {
    if (baseName(source.name).toUpperCase().startsWith('DICOMDIR'))
      skip('an index of DICOM files, which are read themselves');
    else headers.push(readDicomHeader(source, await source.read()));
  } else if (DICOM_NAME.test(source.name)) {
    throw new RefusedError(
      source.name,
      `named like DICOM, but there is no "DICM" at byte 128 of its ${source.size} bytes`,
    );
  } else {
    skip('neither DICOM nor NIfTI');
  }
}

async function niftiStudy(source: FileSource): Promise<Study> {
  const header = readNiftiStart(await source.read(0, NIFTI_START), source.name);
  const warnings =
    header.transform === 'none'
      ? ['the NIfTI header does not say how the patient lies: left, front and up are guessed']
      : [];
  return {
    kind: 'volume',
    format: 'nifti',
    name: source.name,
    files: [source.name],
    patientId: '',
    studyUid: '',
    seriesUid: '',
    seriesDescription: '',
    manufacturer: '',
    model: '',
    studyDate: '',
    age: null,
    sex: null,
    size: header.size,
    spacing: spacing(header.affine),
    affine: header.affine,
    warnings,
    others: [],
    load: async () => readNifti(await source.read(), source.name),
  };
}

function addDicomStudy(files: readonly DicomHeader[], unreadable: readonly string[], found: Studies): void {
  const { chosen, others } = chooseSeries(files);
  if (chosen) found.studies.push(dicomStudy(chosen, others, unreadable));
  else found.refused.push(...mergeByCause(others));
}

function dicomStudy(series: CtSeries, others: Refusal[], unreadable: readonly string[]): Study {
  const { header, grid } = series;
  const files = grid.slices.map((slice) => slice.name);
  const { age, warnings } = patientAge(header);
  const folders = new Set(files.map(folderOf));
  const lost = unreadable.filter((name) => folders.has(folderOf(name)));
  if (lost.length > 0)
    warnings.push(`${lost[0]} in the same folder cannot be read: should it belong to this series, a slice is missing`);
  const folder = commonFolder(files);
  return {
    kind: 'volume',
    format: 'dicom',
    name: folder || (files[0] ?? ''),
    files,
    patientId: header.patientId,
    studyUid: header.studyUid,
    seriesUid: header.seriesUid,
    seriesDescription: header.seriesDescription,
    manufacturer: header.manufacturer,
    model: header.model,
    studyDate: header.studyDate,
    age,
    sex: patientSex(header.sex),
    size: grid.size,
    spacing: grid.spacing,
    affine: grid.affine,
    warnings,
    others,
    load: () => loadSeries(series),
  };
}

/** The deepest folder that holds all files. */
function commonFolder(files: readonly string[]): string {
  const [first = '', ...rest] = files.map((name) => folderOf(name).split('/'));
  const parts = [...first];
  for (const other of rest) {
    while (parts.some((part, i) => part !== other[i])) parts.pop();
  }
  return parts.join('/');
}

/** One line where many files share a cause. */
function mergeByCause(refusals: readonly Refusal[]): Refusal[] {
  const merged = new Map<string, Refusal>();
  for (const { files, cause } of refusals) {
    const known = merged.get(cause);
    if (known) known.files.push(...files);
    else merged.set(cause, { files: [...files], cause });
  }
  return [...merged.values()];
}
