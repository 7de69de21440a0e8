/**
 * From single DICOM files to one CT volume per study. The rules, in order:
 *   1. files with one SeriesInstanceUID are a series (where anonymisation emptied it: files in one folder); localisers
 *      among them are set aside;
 *   2. a series is usable when it is CT, every file of it can be read, and its slices lie on one regular grid;
 *   3. of a study's usable series, one of original axial images is taken before others, then that with most slices,
 *      then that with the least series number, then that with the least UID;
 *   4. every other series is named with the reason why it was not taken.
 */

import { compareTexts } from '../../util/order.ts';
import { type Refusal, refusalOf } from '../refusal.ts';
import { type FileSource, folderOf } from '../source.ts';
import { type PlacedImage, type SeriesGrid, seriesGrid } from './geometry.ts';
import type { CtImage, DicomHeader } from './header.ts';
import type { DicomPlan } from './load.ts';

/** A usable file. */
interface Slice extends PlacedImage {
  header: DicomHeader;
  image: CtImage;
}

/** A usable series: its header facts are those of any of its files. */
export interface CtSeries {
  header: DicomHeader;
  grid: SeriesGrid<Slice>;
  /** Further files of images that are in the grid already. */
  copies: readonly Copy[];
}

/** A file that holds an image once more. */
interface Copy {
  slice: Slice;
  of: Slice;
}

export interface StudyChoice {
  chosen: CtSeries | null;
  /** The other series, each with the reason. */
  others: Refusal[];
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}

const seriesKey = (header: DicomHeader): string =>
  header.identity.seriesUid || `folder ${folderOf(header.source.name)}`;

/**
 * The files of each study of each patient. A series belongs to one study: where anonymisation gave its files different
 * StudyInstanceUIDs, that of its first file holds for all.
 */
export function groupStudies(headers: readonly DicomHeader[]): DicomHeader[][] {
  const series = groupBy(headers, (header) => `${header.identity.patientId}\0${seriesKey(header)}`);
  const studies = groupBy(
    series,
    ([first]) => `${first?.identity.patientId}\0${first?.identity.studyUid || (first && seriesKey(first))}`,
  );
  return studies.map((group) => group.flat());
}

/** The files of a series, each once, in the order of its slices; copies last. */
export function sourcesOf({ grid, copies }: CtSeries): FileSource[] {
  const slices = [...grid.slices, ...copies.map(({ slice }) => slice)];
  return [...new Set(slices.map(({ header }) => header.source))];
}

const isLocalizer = ({ identity }: DicomHeader): boolean => identity.imageType.includes('LOCALIZER');
const isOriginalAxial = ({ header }: CtSeries): boolean =>
  ['ORIGINAL', 'AXIAL'].every((part) => header.identity.imageType.includes(part));
const namesOf = (headers: readonly DicomHeader[]): string[] => headers.map((header) => header.source.name);

/**
 * The series of one study that becomes its volume (see the rules above).
 * @param mendGaps whether single slices may be missing
 */
export function chooseSeries(study: readonly DicomHeader[], mendGaps = false): StudyChoice {
  const usable: CtSeries[] = [];
  const others: Refusal[] = [];
  for (const group of groupBy(study, (header) => `${seriesKey(header)}\0${isLocalizer(header)}`)) {
    const series = readSeries(group, mendGaps);
    if ('grid' in series) usable.push(series);
    else others.push(series);
  }
  usable.sort(comparePreference);
  const [chosen = null, ...rest] = usable;
  if (chosen) others.push(...rest.map((series) => notChosen(series, chosen)));
  return { chosen, others };
}

function readSeries(group: readonly DicomHeader[], mendGaps: boolean): CtSeries | Refusal {
  const [header] = group;
  const files = namesOf(group);
  if (!header) return { files, cause: 'no files' };
  if (isLocalizer(header)) return { files, cause: 'a localiser, not a volume' };
  const faulty = group.filter((member) => member.fault !== null);
  if (faulty.length > 0) {
    const whole = group.filter((member) => member.fault === null);
    return { files: namesOf([...faulty, ...whole]), cause: faultCause(faulty, group.length) };
  }
  const { modality } = header.identity;
  if (modality !== 'CT') return { files, cause: `modality ${modality || 'unknown'}, not CT` };
  const slices = group.flatMap((member) =>
    member.images.map((image) => ({ name: sliceName(member, image), header: member, image })),
  );
  const { first, copies } = separateCopies(slices);
  try {
    return { header, grid: seriesGrid(first, mendGaps), copies };
  } catch (error) {
    return { files, cause: refusalOf(error, files).cause };
  }
}

function sliceName({ source, images }: DicomHeader, { frame }: CtImage): string {
  return images.length > 1 ? `${source.name} frame ${frame + 1}` : source.name;
}

/** Images that are there several times (same SOPInstanceUID and frame, same place), and those that are left. */
function separateCopies(slices: readonly Slice[]): { first: Slice[]; copies: Copy[] } {
  const known = new Map<string, Slice>();
  const copies: Copy[] = [];
  const first = slices.filter((slice) => {
    const { sopUid, frame, geometry } = slice.image;
    const key = sopUid === '' ? slice.name : `${sopUid} ${frame} ${geometry.position.join()}`;
    const of = known.get(key);
    if (of) copies.push({ slice, of });
    else known.set(key, slice);
    return !of;
  });
  return { first, copies };
}

/** The faulty files come first in the refusal. */
function faultCause(faulty: readonly DicomHeader[], total: number): string {
  const fault = faulty[0]?.fault ?? '';
  if (faulty.length === total) return fault;
  const lost =
    faulty.length === 1
      ? 'the first of these files is of no use, and without it'
      : `the first ${faulty.length} of these files are of no use, and without them`;
  return `${lost} the series of ${total} is not whole: ${fault}`;
}

function comparePreference(a: CtSeries, b: CtSeries): number {
  const [one, other] = [a.header.identity, b.header.identity];
  return (
    Number(isOriginalAxial(b)) - Number(isOriginalAxial(a)) ||
    b.grid.slices.length - a.grid.slices.length ||
    (one.seriesNumber ?? Number.MAX_SAFE_INTEGER) - (other.seriesNumber ?? Number.MAX_SAFE_INTEGER) ||
    compareTexts(one.seriesUid, other.seriesUid)
  );
}

function notChosen(series: CtSeries, chosen: CtSeries): Refusal {
  const count = series.grid.slices.length;
  const taken = `series ${chosen.header.identity.seriesNumber ?? '?'} with ${chosen.grid.slices.length} slices is used`;
  const cause =
    isOriginalAxial(chosen) && !isOriginalAxial(series)
      ? `${count} slices, but not of original axial images (${series.header.identity.imageType.join('\\')}); ${taken}`
      : `${count} slices; of this study, ${taken}`;
  return { files: sourcesOf(series).map(({ name }) => name), cause };
}

/** What {@link loadSeries} needs of a series. */
export function planOf({ grid, copies }: CtSeries): DicomPlan<FileSource> {
  const planned = ({ header: { source }, image: { pixels, place }, name }: Slice) => ({ source, name, pixels, place });
  return {
    kind: 'dicom',
    slices: grid.slices.map(planned),
    copies: copies.map(({ slice, of }) => ({ ...planned(slice), of: grid.slices.indexOf(of) })),
    missing: grid.missing,
    size: grid.size,
    affine: grid.affine,
  };
}
