import {
  AIR,
  BODY_THRESHOLD,
  GRID,
  PICTURE_SIZE,
  SLAB,
  SURELY_AIR,
  SURELY_TISSUE,
} from '../../../preprocess/ct/recipe.ts';
import { html, type Markup } from '../html.ts';
import { counted, fixed } from '../numbers.ts';
import type { Telling } from './telling.ts';

const hu = (value: number): string => `${fixed(value, 0)} HU`;

/** Where the scans came from and how they became pictures. */
export function dataMethods(telling: Telling): Markup {
  return html`<p>${source(telling)} ${labels(telling)}</p><p>${preparation(telling)} ${projection(telling)} ${picture(telling)}</p>`;
}

function source({ data: { data, metrics } }: Telling): Markup {
  const kind = data.synthetic
    ? 'computer-generated CT series of the thorax and abdomen, whose ages are known by construction'
    : 'CT series of the thorax and abdomen';
  return html`The cohort consisted of ${metrics.pictures} ${kind}, of ${counted(metrics.patients, data.synthetic ? 'generated body' : 'patient', data.synthetic ? 'generated bodies' : 'patients')}. Volumes were read from DICOM or NIfTI files; their geometry was taken from position and orientation of each slice, never from the order of files, and studies whose geometry or intensities could not be established were refused. Of ${counted(data.found, 'study', 'studies')} found, ${data.refused.length} ${data.refused.length === 1 ? 'was' : 'were'} refused and ${data.used} used.`;
}

function labels({ data: { data } }: Telling): Markup {
  const names =
    data.identifiers_kept === false &&
    html` Identifiers of patients were replaced by keyed hashes (HMAC-SHA-256) in all that was written.`;
  return html`The reference was the chronological age at the examination in years, from the files’ own tags or from a table supplied with them. Studies without an age were refused; nothing was imputed.${names}`;
}

function preparation({ data: { data }, cite }: Telling): Markup {
  const { recipe, markers } = data.recipe;
  if (recipe !== 'kerber2023') return html`Pictures were made by the recipe ${JSON.stringify(data.recipe)}.`;
  const grid = GRID.join(' × ');
  return html`Scans were prepared after Kerber et al. ${cite('kerber')}. Each volume was brought to RAS+ orientation and resampled over its whole field of view to ${grid} voxels by cubic B-spline interpolation ${cite('unser')}, with ${hu(AIR)} outside. A body mask removed table and surroundings: ${flooding(markers, cite)}; holes were filled, the largest connected component was kept, and holes were filled again. Voxels outside the mask or below ${hu(BODY_THRESHOLD)} were set to ${hu(AIR)}.`;
}

function flooding(markers: string | number | undefined, cite: Telling['cite']): Markup {
  return markers === 'all'
    ? html`every voxel was a marker, body from ${hu(BODY_THRESHOLD)} on and air below, as in the published code`
    : html`voxels below ${hu(SURELY_AIR)} were markers of air and voxels above ${hu(SURELY_TISSUE)} markers of tissue, and the voxels between were assigned by a watershed ${cite('watershed')} on the three-dimensional Sobel magnitude`;
}

function projection({ data: { data } }: Telling): Markup {
  const { recipe, slab = SLAB } = data.recipe;
  if (recipe !== 'kerber2023') return html``;
  const slices = slab === 'full' ? 'all slices' : html`the ${slab} central slices`;
  return html`Maximum-intensity projections over ${slices}, coronal and sagittal, were stacked to a picture of ${PICTURE_SIZE} × ${PICTURE_SIZE} pixels, clipped below at ${hu(AIR)} and scaled to the range from 0 to 1 by its own least and greatest value.`;
}

function picture({ run }: Telling): Markup {
  const side = run.take('picture');
  return side === PICTURE_SIZE
    ? html`The network was given the pictures at this size.`
    : html`For the network the pictures were reduced to ${side} × ${side} pixels by area averaging.`;
}
