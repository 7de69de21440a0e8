/**
 * A subject's anatomy as numbers, and how each of them changes with age. Every ageing function takes the biological age;
 * the small deviation that people of one biological age still show is drawn beside it.
 *
 * The directions and sizes are textbook facts of imaging the ageing trunk; where the literature gives a range, a round
 * value inside it was taken.
 */
import type { RandomStream } from '../../util/random.ts';
import { clamp, smoothstep } from './interpolate.ts';

export type Sex = 'M' | 'F';

export interface Anatomy {
  /** Standing height at 25, cm. */
  heightCm: number;
  /** Body-mass index, kg/m². */
  bmi: number;
  /** Trabecular bone of vertebral bodies, HU. */
  trabecularHu: number;
  /** Cortical bone, HU. */
  corticalHu: number;
  /** Thickness of cortical bone relative to that at 30. */
  corticalRatio: number;
  /** Cobb angle T1–T12, degrees. */
  kyphosisDegrees: number;
  /** Cobb angle L1–S1, degrees. */
  lordosisDegrees: number;
  /** Height of the discs relative to those at 20. */
  discHeightRatio: number;
  /** Anterior height of the mid-thoracic vertebral bodies relative to the posterior one. */
  vertebralWedge: number;
  /** Length of osteophytes at the end plates' edges, mm. */
  osteophyteMm: number;
  /** Lateral deviation of the spine, mm. */
  scoliosisMm: number;
  /** Share of the aortic wall's possible plaques that are calcified. */
  aorticCalcification: number;
  /** Radius of the descending aorta, mm. */
  aorticRadiusMm: number;
  /** Sideways sway of the aorta (tortuosity), mm. */
  aorticSwayMm: number;
  /** Share of costal cartilage that is calcified. */
  cartilageCalcification: number;
  /** Skeletal muscle, HU. */
  muscleHu: number;
  /** Muscle cross-section relative to a man of 25. */
  muscleRatio: number;
  /** Subcutaneous fat at the flank, mm. */
  subcutaneousFatMm: number;
  /** Visceral fat: 0 none between the organs, 1 much. */
  visceralFat: number;
  /** Share of the thymus that is not yet fat. */
  thymusShare: number;
  /** Size of the heart relative to that at 20. */
  heartRatio: number;
  /** Depth of the chest relative to that at 20 (barrel chest). */
  chestDepthRatio: number;
  /** Lung parenchyma, HU. */
  lungHu: number;
  /** Liver without contrast agent, HU. */
  liverHu: number;
}

const decadesAfter = (age: number, start: number): number => Math.max(0, age - start) / 10;

/**
 * Trabecular attenuation of thoracic and lumbar vertebral bodies falls from about 250 HU at 20 to 80–110 HU at 80; women
 * lose an extra step in the ten years after menopause.
 */
function trabecularHu(age: number, sex: Sex): number {
  const menopause = sex === 'F' ? 18 * smoothstep(46, 62, age) : 0;
  return 250 - 24 * decadesAfter(age, 20) - menopause;
}

/** Thoracic kyphosis: 20–30° in young adults, 45–60° after 75. */
const kyphosis = (age: number): number => 25 + 4.6 * decadesAfter(age, 20);

/** Calcified plaques of the aortic wall are rare before 40, then common and growing; nearly everyone over 75 has them. */
const aorticCalcification = (age: number): number => clamp(decadesAfter(age, 36) / 5.2, 0, 1) ** 1.4;

/** Costal cartilage starts to calcify in the twenties at the first rib and is largely calcified at 80. */
const cartilageCalcification = (age: number): number => clamp(0.03 + 0.145 * decadesAfter(age, 22), 0, 1);

/** Soft tissue in front of the great vessels at 20; fat has replaced it in nearly everyone by the middle forties. */
const thymusShare = (age: number): number => clamp(1 - decadesAfter(age, 18) / 2.9, 0, 1);

/** Weight rises to about 65 and then falls. */
const meanBmi = (age: number): number =>
  23.2 + 0.75 * decadesAfter(Math.min(age, 65), 20) - 0.6 * decadesAfter(age, 72);

/** Sarcopenia: about 5 % of the cross-section per decade after 30 … */
const muscleRatio = (age: number): number => 1 - 0.058 * decadesAfter(age, 28);

/** … and fat between the fibres: attenuation falls from near 60 to near 30 HU. */
const muscleHu = (age: number): number => 60 - 5.2 * decadesAfter(age, 25);

function drawFat(age: number, sex: Sex, bmi: number, stream: RandomStream): [subcutaneous: number, visceral: number] {
  const female = sex === 'F';
  // At the same body-mass index fat moves from under the skin into the abdomen with age, and men hold more of it there.
  const subcutaneous = (female ? 19 : 13) + 1.5 * (bmi - 25) - 0.9 * decadesAfter(age, 20) + stream.normal(0, 1.5);
  const visceral = (female ? 0.12 : 0.22) + 0.085 * decadesAfter(age, 20) + 0.035 * (bmi - 25) + stream.normal(0, 0.05);
  return [clamp(subcutaneous, 4, 45), clamp(visceral, 0.05, 1.2)];
}

/** Draws the anatomy of someone of this biological age and sex. */
export function drawAnatomy(age: number, sex: Sex, stream: RandomStream): Anatomy {
  const female = sex === 'F';
  const heightCm = clamp(stream.normal(female ? 164 : 177, 5), 148, 198);
  const bmi = clamp(meanBmi(age) + stream.normal(0, 2), 17.5, 38);
  const [subcutaneousFatMm, visceralFat] = drawFat(age, sex, bmi, stream);
  const size = heightCm / 170;
  return {
    heightCm,
    bmi,
    subcutaneousFatMm,
    visceralFat,
    trabecularHu: trabecularHu(age, sex) + stream.normal(0, 6),
    corticalHu: 1100 + stream.normal(0, 25),
    // Cortices keep their density but lose thickness from the inside after 50, faster in women.
    corticalRatio: 1 - (female ? 0.09 : 0.065) * decadesAfter(age, 50) + stream.normal(0, 0.02),
    kyphosisDegrees: kyphosis(age) + stream.normal(0, 1.6),
    lordosisDegrees: 38 - 1.2 * decadesAfter(age, 20) + stream.normal(0, 2),
    // Discs dry out and lose a quarter to a third of their height; vertebral bodies become wedged from the forties on.
    discHeightRatio: 1 - 0.05 * decadesAfter(age, 20) + stream.normal(0, 0.015),
    vertebralWedge: 1 - 0.028 * decadesAfter(age, 40) + stream.normal(0, 0.01),
    osteophyteMm: Math.max(0, 1.35 * decadesAfter(age, 38) + stream.normal(0, 0.3)),
    scoliosisMm: stream.normal(0, 3),
    aorticCalcification: clamp(aorticCalcification(age) * (1 + 0.07 * stream.normal()), 0, 1),
    // The descending aorta widens by about 1 mm of diameter per decade and becomes longer and tortuous.
    aorticRadiusMm: ((female ? 10 : 11) + 0.55 * decadesAfter(age, 20)) * Math.sqrt(size) + stream.normal(0, 0.4),
    aorticSwayMm: 2.2 * decadesAfter(age, 40) + Math.abs(stream.normal(0, 0.8)),
    cartilageCalcification: clamp(cartilageCalcification(age) + stream.normal(0, 0.03), 0, 1),
    muscleHu: muscleHu(age) + stream.normal(0, 2),
    muscleRatio: (female ? 0.82 : 1) * (muscleRatio(age) + stream.normal(0, 0.03)),
    thymusShare: clamp(thymusShare(age) + stream.normal(0, 0.03), 0, 1),
    heartRatio: 1 + 0.022 * decadesAfter(age, 20) + stream.normal(0, 0.03),
    // Stiffer ribs, kyphosis and trapped air deepen the chest; the parenchyma rarefies.
    chestDepthRatio: 1 + 0.024 * decadesAfter(age, 20) + stream.normal(0, 0.02),
    lungHu: -835 - 6 * decadesAfter(age, 20) + stream.normal(0, 12),
    liverHu: 58 - 0.9 * (bmi - 24) + stream.normal(0, 5),
  };
}
