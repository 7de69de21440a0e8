/**
 * Ribs and costal cartilage lie on the chest's oval wall, so each is a band on an unrolled cylinder: direction from the
 * back (0) over the side to the front (1) against height.
 */
import type { RandomStream } from '../../util/random.ts';
import type { Anatomy } from './anatomy.ts';
import type { Column } from './column.ts';
import { clamp, mix, smoothstep } from './interpolate.ts';

/** Descent in mm at 170 cm, where the bone ends and where its cartilage ends (share of the half circle). */
const RIBS: readonly (readonly [drop: number, boneEnd: number, cartilageEnd: number])[] = [
  [30, 0.84, 0.955],
  [46, 0.82, 0.955],
  [60, 0.81, 0.96],
  [72, 0.8, 0.96],
  [82, 0.79, 0.965],
  [88, 0.77, 0.965],
  [92, 0.75, 0.965],
  [90, 0.71, 0.93],
  [82, 0.66, 0.88],
  [70, 0.61, 0.83],
  [44, 0.5, 0.5],
  [22, 0.36, 0.36],
];
const START = 0.085;
const HALF_HEIGHT = 6.2;

/** One rib on one side, sampled by direction. */
interface Band {
  height: Float32Array;
  halfHeight: Float32Array;
  /** HU where the band lies, 0 where it does not. */
  hu: Float32Array;
}

/** Height of the sternal end of cartilage i: the first at the manubrium, the seventh at the xiphoid. */
function sternalHeight(column: Column, i: number): number {
  const top = column.height('T3');
  const bottom = column.height('T9') - 4 * column.scale;
  return mix(top, bottom, clamp(i / 6, 0, 1));
}

/** HU of one stretch of cartilage: 90 at first, to 400 and more where calcified. */
function cartilageHu(calcified: number, onset: number): number {
  return 95 + 520 * smoothstep(-0.06, 0.3, calcified - onset);
}

/** Places twelve bands for one side at the given directions (0 back … 1 front). */
export function ribBands(anatomy: Anatomy, column: Column, directions: Float32Array, stream: RandomStream): Band[] {
  const { scale } = column;
  return RIBS.map(([drop, boneEnd, cartilageEnd], i) => {
    const top = column.height(`T${i + 1}`) + 3 * scale;
    const end = mix(sternalHeight(column, i), column.height('T10'), i > 6 ? (i - 6) * 0.3 : 0);
    const onsets = Array.from({ length: 12 }, () => stream.uniform());
    const boneHu = mix(560, 390, clamp((250 - anatomy.trabecularHu) / 170, 0, 1)) + stream.normal(0, 15);
    const fall = (direction: number): number =>
      top -
      ((drop * scale) / 2) * (1 - Math.cos(Math.PI * clamp((direction - START) / (boneEnd + 0.04 - START), 0, 1)));
    const place = (direction: number): number =>
      direction <= boneEnd ? fall(direction) : mix(fall(boneEnd), end, smoothstep(boneEnd, cartilageEnd, direction));
    const hu = (direction: number): number => {
      if (direction < START || direction > cartilageEnd) return 0;
      if (direction <= boneEnd) return boneHu;
      // The first cartilage calcifies decades before the others.
      const early = i === 0 ? 0.35 : 0;
      const spot = onsets[Math.floor(((direction - boneEnd) / (cartilageEnd - boneEnd + 1e-6)) * 12)] as number;
      return cartilageHu(anatomy.cartilageCalcification + early, spot);
    };
    const slope = (direction: number): number =>
      (place(direction + 0.01) - place(direction - 0.01)) / (0.02 * 330 * scale);
    return {
      height: directions.map(place),
      halfHeight: directions.map((d) => HALF_HEIGHT * scale * Math.min(1.8, Math.hypot(1, slope(d)))),
      hu: directions.map(hu),
    };
  });
}

/** What of the wall is rib or cartilage at a height: share filled and HU for every direction. */
export function ribSection(
  bands: readonly Band[],
  z: number,
  softness: number,
  share: Float32Array,
  hu: Float32Array,
): void {
  share.fill(0);
  for (const band of bands) {
    for (let i = 0; i < share.length; i++) {
      const value = band.hu[i] as number;
      if (value === 0) continue;
      const depth = (band.halfHeight[i] as number) - Math.abs(z - (band.height[i] as number));
      const filled = Math.min(1, 0.5 + depth / softness);
      if (filled > (share[i] as number)) {
        share[i] = filled;
        hu[i] = value;
      }
    }
  }
}
