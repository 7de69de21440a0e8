/**
 * What is done to a scan before it is prepared, to see whether the prediction stays: each perturbation at a few strengths,
 * those of everyday examinations and somewhat beyond. Strength 0 would be the scan itself.
 */
import type { Volume } from '../../../formats/volume.ts';
import type { RandomStream } from '../../../util/random.ts';
import type { RecipeOptions } from '../recipe.ts';
import { type Axis, TO_FRONT, TO_HEAD, TO_RIGHT } from './blocks.ts';
import { scaleHu, shiftSoftTissue } from './contrast.ts';
import { addNoise } from './noise.ts';
import { addArms, addTable } from './objects.ts';
import { rotatePatient } from './rotate.ts';
import { shiftPatient } from './shift.ts';
import { averageSlices, cropScan, skipSlices } from './slices.ts';

export interface Perturbation {
  /** For files. */
  name: string;
  title: string;
  /** What a strength counts. */
  unit: string;
  strengths: readonly number[];
  /** What is done, in a sentence. */
  what: string;
  /** The volume perturbed; the same one where only the recipe changes. @throws UserError where it cannot be done */
  apply(volume: Volume, strength: number, random: RandomStream): Volume;
  /** The recipe that prepares it, where it is another. */
  recipe?(options: Required<RecipeOptions>): Required<RecipeOptions>;
}

const DEGREES = [-10, -5, 5, 10];
const SHIFTS = [-20, -10, 10, 20];
const SHARES = [5, 10, 20];

const turned = (name: string, title: string, axis: string, about: Axis): Perturbation => ({
  name,
  title,
  unit: '°',
  strengths: DEGREES,
  what: `The patient is turned about the axis ${axis} through the middle of the scan (cubic convolution); what comes into the field is air.`,
  apply: (volume, degrees) => rotatePatient(volume, about, degrees),
});

const shifted = (name: string, title: string, direction: string, along: Axis): Perturbation => ({
  name,
  title,
  unit: 'mm',
  strengths: SHIFTS,
  what: `The patient lies so far to the ${direction} in the field of view (to the nearest voxel); what leaves it is cut off.`,
  apply: (volume, mm) => shiftPatient(volume, along, mm),
});

export const PERTURBATIONS: readonly Perturbation[] = [
  {
    name: 'noise',
    title: 'Additive noise',
    unit: 'HU',
    strengths: [10, 30, 60],
    what: 'White noise of this standard deviation on every voxel.',
    apply: (volume, deviation, random) => addNoise(volume, deviation, random),
  },
  turned('rotation_axial', 'Rotation about the long axis', 'from feet to head', TO_HEAD),
  turned('rotation_coronal', 'Rotation in the coronal plane', 'from back to front', TO_FRONT),
  turned('rotation_sagittal', 'Rotation in the sagittal plane', 'from left to right', TO_RIGHT),
  shifted('shift_right', 'Shift to the side', 'right', TO_RIGHT),
  shifted('shift_front', 'Shift to back or front', 'front', TO_FRONT),
  {
    name: 'crop_head',
    title: 'Scan range cut at the head',
    unit: '%',
    strengths: SHARES,
    what: 'This share of the slices is missing at the end towards the head.',
    apply: (volume, percent) => cropScan(volume, { head: percent / 100 }),
  },
  {
    name: 'crop_feet',
    title: 'Scan range cut at the feet',
    unit: '%',
    strengths: SHARES,
    what: 'This share of the slices is missing at the end towards the feet.',
    apply: (volume, percent) => cropScan(volume, { feet: percent / 100 }),
  },
  {
    name: 'slices_averaged',
    title: 'Thicker slices',
    unit: 'slices in one',
    strengths: [2, 4],
    what: 'So many neighbouring slices are averaged to one.',
    apply: averageSlices,
  },
  {
    name: 'slices_skipped',
    title: 'Slices left out',
    unit: 'times the distance',
    strengths: [2, 4],
    what: 'One of so many slices is kept, those between are missing.',
    apply: skipSlices,
  },
  {
    name: 'table',
    title: 'Table against the back',
    unit: 'mm thick',
    strengths: [10, 30],
    what: 'A plate of −100 HU, 420 mm wide, is painted into the air against the back, from feet to head: a made-up table.',
    apply: addTable,
  },
  {
    name: 'arms',
    title: 'Arms beside the body',
    unit: 'mm radius',
    strengths: [30, 45],
    what: 'Two cylinders of fat, muscle and bone are painted into the air beside the body, from feet to head: made-up arms.',
    apply: addArms,
  },
  {
    name: 'soft_tissue',
    title: 'Contrast of blood and soft tissue',
    unit: 'HU',
    strengths: [-40, -20, 20, 40],
    what: 'Values from 0 to 200 HU are shifted by this, fading out over 100 HU below and 200 HU above.',
    apply: shiftSoftTissue,
  },
  {
    name: 'gain',
    title: 'Gain of the HU scale',
    unit: '%',
    strengths: [-5, -2, 2, 5],
    what: 'Every distance from −1000 HU grows by this share.',
    apply: (volume, percent) => scaleHu(volume, percent / 100),
  },
  {
    name: 'markers',
    title: 'Other markers of the body mask',
    unit: '',
    strengths: [1],
    what: 'The scan is as it was; its body mask is made with the other marker policy of the recipe, “all” for “band” or the reverse.',
    apply: (volume) => volume,
    recipe: (options) => ({ ...options, markers: options.markers === 'band' ? 'all' : 'band' }),
  },
];
