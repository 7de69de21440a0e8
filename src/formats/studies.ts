/**
 * From any heap of files to the volumes in it: every command and the browser page read their input through this.
 * Only headers are read here; `load()` brings a study's voxels when they are wanted.
 */

import { inOrder } from '../util/in-order.ts';
import { compareTexts } from '../util/order.ts';
import { contrastGiven } from './dicom/acquisition.ts';
import { patientAge, patientSex } from './dicom/demographics.ts';
import { type DicomFile, type DicomHeader, readDicomHeader } from './dicom/header.ts';
import { seriesBytes } from './dicom/load.ts';
import { DICOM_MAGIC_END, isDicom } from './dicom/part10.ts';
import { type CtSeries, chooseSeries, groupStudies, planOf, type StudyChoice, sourcesOf } from './dicom/series.ts';
import { SharedParts } from './dicom/shared-parts.ts';
import { type LoadPlan, loadPlan, NIFTI_START, plannedSources } from './load-plan.ts';
import { isPairName, pairKind, partnerNames } from './nifti/pair.ts';
import { isNiftiName, niftiBytes, readNiftiStart } from './nifti/read.ts';
import { type Refusal, RefusedError, refusalOf } from './refusal.ts';
import { baseName, type FileSource, folderOf, stampOf } from './source.ts';
import { type Matrix4, spacing, toWorld, type Vector3, type Volume } from './volume.ts';

/** One volume that can be had, and what its files say about it; '' or null where they say nothing. */
export interface Study {
  kind: 'volume';
  format: 'dicom' | 'nifti';
  /** For messages: the NIfTI file (of a pair the header), or the folder of the DICOM files. */
  name: string;
  files: string[];
  /** Names, sizes and times of its files: the same as long as they are. */
  stamp: string;
  patientId: string;
  studyUid: string;
  seriesUid: string;
  seriesDescription: string;
  manufacturer: string;
  model: string;
  /** Whether a contrast agent was given. */
  contrast: boolean | null;
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
  /** How its voxels are read; another thread may do it. */
  plan: LoadPlan;
  /** Bytes that reading takes at most, the volume included. */
  bytes: number;
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

const DICOM_NAME = /\.(dcm|dicom|ima)$/i;

/** Reads what DICOM files say about themselves. */
export interface HeaderReader {
  /** Null for a file that is no DICOM. @throws RefusedError for one that is of no use */
  read(source: FileSource): Promise<DicomFile | null>;
  /** Most files that are read at once. */
  most: number;
}

export interface ReadingRules {
  /** One file after another in this thread unless given. */
  headers?: HeaderReader | undefined;
  /** Whether single missing slices are interpolated rather than refused. */
  mendGaps?: boolean | undefined;
}

/** Reads one file after another in this thread. */
const ONE_BY_ONE: HeaderReader = { read: readDicomFile, most: 1 };

/** {@link HeaderReader.read} in this thread. */
export async function readDicomFile(source: FileSource): Promise<DicomFile | null> {
  if (!isDicom(await source.read(0, DICOM_MAGIC_END))) return null;
  return readDicomHeader(source.name, await source.read());
}

/** What a file turned out to be. */
type Finding =
  | { study: Study }
  | { file: DicomFile; source: FileSource }
  | { refused: Refusal }
  | { skipped: Refusal }
  | null;

/**
 * Finds every volume in the files, in the order of their names: one for each NIfTI file, one for each study of DICOM
 * files (see dicom/series.ts for the rules).
 * @param sources every file once; names with "/" tell folders apart
 * @param onFile called after each file, for progress
 */
export async function readStudies(
  sources: readonly FileSource[],
  onFile?: (done: number, total: number) => void,
  { headers: headerReader = ONE_BY_ONE, mendGaps = false }: ReadingRules = {},
): Promise<Studies> {
  const headers: DicomHeader[] = [];
  const found: Studies = { studies: [], refused: [], skipped: [] };
  const sorted = [...sources].sort((a, b) => compareTexts(a.name, b.name));
  const byName = new Map(sorted.map((source) => [source.name, source]));
  const parts = new SharedParts();
  let done = 0;
  for await (const finding of inOrder(sorted, (source) => inspect(source, byName, headerReader), headerReader)) {
    if (finding && 'study' in finding) found.studies.push(finding.study);
    else if (finding && 'file' in finding) headers.push(parts.header(finding.file, finding.source));
    else if (finding && 'refused' in finding) found.refused.push(finding.refused);
    else if (finding) found.skipped.push(finding.skipped);
    onFile?.(++done, sorted.length);
  }
  const unreadable = found.refused
    .flatMap(({ files }) => files)
    .filter((name) => !isNiftiName(name) && !isPairName(name));
  found.refused = mergeByCause(found.refused);
  found.skipped = mergeByCause(found.skipped);
  for (const study of groupStudies(headers)) addDicomStudy(chooseSeries(study, mendGaps), unreadable, found);
  found.studies.sort((a, b) => compareTexts(a.name, b.name));
  return found;
}

async function inspect(
  source: FileSource,
  byName: ReadonlyMap<string, FileSource>,
  headers: HeaderReader,
): Promise<Finding> {
  try {
    return await findingOf(source, byName, headers);
  } catch (error) {
    return { refused: refusalOf(error, [source.name]) };
  }
}

async function findingOf(
  source: FileSource,
  byName: ReadonlyMap<string, FileSource>,
  headers: HeaderReader,
): Promise<Finding> {
  const skip = (cause: string) => ({ skipped: { files: [source.name], cause } });
  if (isNiftiName(source.name)) return { study: await niftiStudy(source, null) };
  if (isPairName(source.name)) {
    const [header, image] = pairOf(source, byName);
    return source === header ? { study: await niftiStudy(header, image) } : null;
  }
  if (baseName(source.name).toUpperCase().startsWith('DICOMDIR') && isDicom(await source.read(0, DICOM_MAGIC_END)))
    return skip('an index of DICOM files, which are read themselves');
  const file = await headers.read(source);
  if (file) return { file, source };
  if (DICOM_NAME.test(source.name)) {
    throw new RefusedError(
      source.name,
      `named like DICOM, but there is no "DICM" at byte 128 of its ${source.size} bytes`,
    );
  }
  return skip('neither DICOM nor NIfTI');
}

/** Header and image of a NIfTI pair, of which `source` is one. @throws RefusedError when the other one is missing */
function pairOf(source: FileSource, byName: ReadonlyMap<string, FileSource>): [FileSource, FileSource] {
  const isHeader = pairKind(source.name) === 'hdr';
  for (const name of partnerNames(source.name)) {
    const partner = byName.get(name);
    if (partner) return isHeader ? [source, partner] : [partner, source];
  }
  const [missing] = partnerNames(source.name);
  throw new RefusedError(source.name, `half of a NIfTI pair: ${baseName(missing ?? '')} is not beside it`);
}

/** @param image where the voxels lie in a file of their own */
async function niftiStudy(source: FileSource, image: FileSource | null): Promise<Study> {
  const header = readNiftiStart(await source.read(0, NIFTI_START), source.name, image !== null);
  const plan: LoadPlan = { kind: 'nifti', file: source, image };
  const warnings =
    header.transform === 'none'
      ? ['the NIfTI header does not say how the patient lies: left, front and up are guessed']
      : [];
  return {
    kind: 'volume',
    format: 'nifti',
    name: source.name,
    files: image ? [source.name, image.name] : [source.name],
    get stamp() {
      return stampOf(plannedSources(plan));
    },
    patientId: '',
    studyUid: '',
    seriesUid: '',
    seriesDescription: '',
    manufacturer: '',
    model: '',
    contrast: null,
    studyDate: '',
    age: null,
    sex: null,
    size: header.size,
    spacing: spacing(header.affine),
    affine: header.affine,
    warnings,
    others: [],
    plan,
    bytes: niftiBytes(header, (image ?? source).size),
    load: () => loadPlan(plan),
  };
}

function addDicomStudy({ chosen, others }: StudyChoice, unreadable: readonly string[], found: Studies): void {
  if (chosen) found.studies.push(dicomStudy(chosen, others, unreadable));
  else found.refused.push(...mergeByCause(others));
}

function dicomStudy(series: CtSeries, others: Refusal[], unreadable: readonly string[]): Study {
  const { grid, copies } = series;
  const { identity } = series.header;
  const files = sourcesOf(series).map(({ name }) => name);
  const { age, warnings } = patientAge(identity);
  const folders = new Set(files.map(folderOf));
  const lost = unreadable.filter((name) => folders.has(folderOf(name)));
  if (lost.length > 0)
    warnings.push(`${lost[0]} in the same folder cannot be read: should it belong to this series, a slice is missing`);
  const studyUids = new Set(grid.slices.map((slice) => slice.header.identity.studyUid));
  if (studyUids.size > 1) warnings.push(`its files give ${studyUids.size} different StudyInstanceUIDs, but one series`);
  for (const z of grid.missing) {
    const [x, y, height] = toWorld(grid.affine, [0, 0, z]).map((mm) => mm.toFixed(1));
    warnings.push(`slice ${z + 1} of ${grid.size[2]} is missing (at ${x}, ${y}, ${height} mm) and is interpolated`);
  }
  if (copies.length > 0) {
    const what = copies.length === 1 ? '1 image is' : `${copies.length} images are`;
    warnings.push(`${what} there more than once (${copies[0]?.slice.name}); it is used once`);
  }
  const [folder, plan] = [commonFolder(files), planOf(series)];
  return {
    kind: 'volume',
    format: 'dicom',
    name: folder || (files[0] ?? ''),
    files,
    get stamp() {
      return stampOf(plannedSources(plan));
    },
    patientId: identity.patientId,
    studyUid: identity.studyUid,
    seriesUid: identity.seriesUid,
    seriesDescription: identity.seriesDescription,
    manufacturer: identity.manufacturer,
    model: identity.model,
    contrast: contrastGiven(identity.contrastAgent),
    studyDate: identity.studyDate,
    age,
    sex: patientSex(identity.sex),
    size: grid.size,
    spacing: grid.spacing,
    affine: grid.affine,
    warnings,
    others,
    plan,
    bytes: seriesBytes(plan),
    load: () => loadPlan(plan),
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
