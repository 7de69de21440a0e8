import type { Volume } from '../../../formats/volume.ts';
import { mapHu } from './values.ts';

/** HU between which blood and soft tissue lie, and over how many HU the shift fades out below and above. */
const SOFT_TISSUE = [0, 200] as const;
const FADE_BELOW = 100;
const FADE_ABOVE = 200;

/** 1 within soft tissue, falling to 0 on either side, so that the order of HU is kept for shifts up to 100 HU. */
function softTissueShare(hu: number): number {
  const [low, high] = SOFT_TISSUE;
  return Math.max(0, Math.min(1, 1 - (low - hu) / FADE_BELOW, 1 - (hu - high) / FADE_ABOVE));
}

/** Blood and soft tissue (0 to 200 HU) shifted by `offset` HU, as by more or less contrast agent; fat, lungs and bone stay. */
export function shiftSoftTissue(volume: Volume, offset: number): Volume {
  return offset === 0 ? volume : mapHu(volume, (hu) => hu + offset * softTissueShare(hu));
}

/** HU of air: the point that a scanner's gain leaves where it is. */
const AIR_HU = -1000;

/** Every distance from air times 1 + `gain`, as by another calibration or tube voltage. */
export function scaleHu(volume: Volume, gain: number): Volume {
  return gain === 0 ? volume : mapHu(volume, (hu) => AIR_HU + (1 + gain) * (hu - AIR_HU));
}
