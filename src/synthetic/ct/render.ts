/** From a subject to its CT volume. */
import type { Matrix4, Volume } from '../../formats/volume.ts';
import type { Body } from './body.ts';
import { Canvas } from './canvas.ts';
import { buildColumn } from './column.ts';
import { clamp } from './interpolate.ts';
import { airwayParts, bowelParts, heartParts, psoasParts, upperAbdomenParts } from './organs.ts';
import { buildOutline, type Outline } from './outline.ts';
import { pelvisParts } from './pelvis.ts';
import { Detector, tablePart } from './scanner.ts';
import type { Part } from './shapes.ts';
import { fleshParts, thoraxParts } from './shoulder.ts';
import { spineParts } from './spine.ts';
import { type CtSubject, subjectStream } from './subject.ts';
import { TrunkPainter } from './trunk.ts';
import { arteryParts, lungVesselParts } from './vessels.ts';

/** Rows and columns of a slice unless told otherwise: 3–4 mm pixels, a little finer than the recipe's 112. */
export const DEFAULT_MATRIX = 128;
const SMALLEST_FIELD_MM = 0.7 * 512;
const LARGEST_FIELD_MM = 0.98 * 512;
const AIR_HU = -1000;

/** HU by slice, feet to head; in each slice rows from front to back, columns from the patient's right to the left. */
export interface CtVolume extends Volume {
  data: Int16Array<ArrayBuffer>;
  /** Size of a pixel and distance of slices, mm. */
  pixelMm: number;
  stepMm: number;
  /** Centre of the first voxel in DICOM's patient coordinates (left, back, head), mm. */
  first: readonly [number, number, number];
}

/** Widest part of the trunk in the scanned range, and how far it reaches back and front. */
function extent(outline: Outline, low: number, high: number): { width: number; back: number; front: number } {
  const reach = { width: 0, back: Number.NEGATIVE_INFINITY, front: Number.POSITIVE_INFINITY };
  for (let z = low; z <= high; z += 10) {
    const { skin, y } = outline.section(z);
    reach.width = Math.max(reach.width, 2 * skin.width);
    reach.back = Math.max(reach.back, y + skin.back);
    reach.front = Math.min(reach.front, y - skin.front);
  }
  return reach;
}

/** Arms and shoulders lie under the trunk's edge, organs in it, bones over them. */
function allParts(body: Body, { arms }: CtSubject['scan']): { under: Part[]; over: Part[] } {
  const { arteries, calcified } = arteryParts(body);
  return {
    under: fleshParts(body, arms),
    over: [
      ...psoasParts(body),
      ...pelvisParts(body),
      ...upperAbdomenParts(body),
      ...bowelParts(body),
      ...lungVesselParts(body),
      ...heartParts(body),
      ...airwayParts(body),
      ...arteries,
      ...thoraxParts(body, arms),
      ...spineParts(body),
      ...calcified,
    ],
  };
}

const ras = (pixel: number, step: number, [x, y, z]: CtVolume['first']): Matrix4 => [
  -pixel,
  0,
  0,
  -x,
  0,
  -pixel,
  0,
  -y,
  0,
  0,
  step,
  z,
  0,
  0,
  0,
  1,
];

/**
 * Renders the subject's scan.
 * @param matrix rows and columns of a slice, even, 32 to 512
 * @returns HU with the affine of its voxels in RAS+ mm
 * @throws RangeError for another matrix
 */
export function renderCtVolume(subject: CtSubject, matrix = DEFAULT_MATRIX): CtVolume {
  if (!Number.isInteger(matrix) || matrix % 2 !== 0 || matrix < 32 || matrix > 512) {
    throw new RangeError(`synthetic CT: matrix ${matrix} is not an even number from 32 to 512`);
  }
  const { anatomy, scan, seed, index } = subject;
  const stream = (purpose: string) => subjectStream(seed, index, purpose);
  const female = subject.sex === 'F';
  const column = buildColumn(anatomy);
  const outline = buildOutline(anatomy, female, column, scan.inspirationMm);
  const low = column.height(scan.bottomMm);
  const count = Math.round((column.height('T1') + scan.topMm - low) / scan.stepMm) + 1;
  const reach = extent(outline, low, column.height('T2'));
  const field = clamp(reach.width * scan.fieldRatio, SMALLEST_FIELD_MM, LARGEST_FIELD_MM);
  const pixel = Math.round((field / matrix) * 1e4) / 1e4;
  const body: Body = { anatomy, female, column, outline, contrast: scan.contrastHu, stream };
  const { under, over } = allParts(body, scan);
  const prone = scan.position.endsWith('P');
  if (scan.table) under.unshift(prone ? tablePart(reach.front - 6, -1) : tablePart(reach.back + 6, 1));

  const canvas = new Canvas(matrix, pixel, scan.stepMm, scan.pose);
  const trunk = new TrunkPainter(anatomy, column, outline, stream('ribs'));
  const detector = new Detector(matrix, scan, stream('noise'));
  const data = new Int16Array(matrix * matrix * count);
  for (let slice = 0; slice < count; slice++) {
    canvas.z = low + slice * scan.stepMm;
    canvas.hu.fill(AIR_HU);
    for (const part of under) canvas.paint(part);
    trunk.paint(canvas);
    for (const part of over) canvas.paint(part);
    detector.read(canvas, data.subarray(slice * matrix * matrix, (slice + 1) * matrix * matrix));
  }
  const corner = (-matrix / 2) * pixel;
  const first: CtVolume['first'] = [scan.origin[0] + corner, scan.origin[1] + corner, scan.origin[2]];
  return {
    data,
    size: [matrix, matrix, count],
    affine: ras(pixel, scan.stepMm, first),
    pixelMm: pixel,
    stepMm: scan.stepMm,
    first,
  };
}
