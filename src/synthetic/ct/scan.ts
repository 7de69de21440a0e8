/** How a subject was scanned: everything that varies between examinations and says nothing about age. */
import type { RandomStream } from '../../util/random.ts';
import type { Pose } from './canvas.ts';
import type { Arms } from './shoulder.ts';

export type PatientPosition = 'HFS' | 'HFP' | 'FFS' | 'FFP';

export interface Scan {
  /** Diameter of the reconstructed field relative to the body's width, before it is kept within 358–502 mm. */
  fieldRatio: number;
  /** Distance between slices, mm; they are as thick as that. */
  stepMm: number;
  /** Lowest slice relative to the disc under L5, and highest above the middle of T1, mm. */
  bottomMm: number;
  topMm: number;
  pose: Pose;
  position: PatientPosition;
  /** Whether the instance numbers run from the feet to the head. */
  upwards: boolean;
  /** Whether the file names run against the instance numbers. */
  filesReversed: boolean;
  arms: Arms;
  table: boolean;
  /** What contrast agent adds to the aorta, HU; 0 without. */
  contrastHu: number;
  /** Deviation of the noise before the kernel smooths it, HU. */
  noiseHu: number;
  /** Weight of each neighbour in the three-tap smoothing along rows and columns. */
  blur: number;
  /** Whether pixels outside the circular field hold a padding value. */
  padded: boolean;
  /** Whether values are stored as HU + 1024. */
  offset: boolean;
  /** Height of the diaphragm above its middle position, mm. */
  inspirationMm: number;
  /** Where the scanner's origin lies, mm. */
  origin: readonly [number, number, number];
}

/** One of the values by its weight. */
function choose<T>(stream: RandomStream, choices: readonly (readonly [T, number])[]): T {
  let left = stream.uniform() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  return (choices.at(-1) as readonly [T, number])[0];
}

const millimetres = (value: number): number => Math.round(value * 10) / 10;

/** Draws the examination of one subject. */
export function drawScan(stream: RandomStream): Scan {
  const arms = choose<Arms>(stream, [
    ['out of view', 5],
    ['up', 3],
    ['down', 2],
  ]);
  return {
    fieldRatio: stream.uniform(1.05, 1.15),
    stepMm: choose(stream, [
      [6, 3],
      [7, 4],
      [8, 3],
    ]),
    bottomMm: stream.uniform(-74, -50),
    topMm: stream.uniform(8, 22),
    pose: {
      turn: (stream.normal(0, 1.4) * Math.PI) / 180,
      shiftX: stream.normal(0, 2.5),
      shiftY: stream.normal(0, 3.5),
    },
    position: choose<PatientPosition>(stream, [
      ['HFS', 7],
      ['HFP', 1],
      ['FFS', 1],
      ['FFP', 1],
    ]),
    upwards: stream.uniform() < 0.35,
    filesReversed: stream.uniform() < 0.15,
    arms,
    table: stream.uniform() < 0.92,
    contrastHu: stream.uniform() < 0.45 ? stream.uniform(90, 230) : 0,
    noiseHu: stream.uniform(8, 18),
    blur: stream.uniform(0.06, 0.13),
    padded: stream.uniform() < 0.6,
    offset: stream.uniform() < 0.6,
    inspirationMm: stream.normal(0, 5),
    origin: [
      millimetres(stream.uniform(-20, 20)),
      millimetres(stream.uniform(-160, -120)),
      millimetres(stream.uniform(-900, 300)),
    ],
  };
}
