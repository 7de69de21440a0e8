/** Mean saliency maps and mean pictures of people of like age, all and by sex. */
import type { Prediction } from './metrics.ts';
import type { SaliencyMap } from './saliency.ts';

/** Years of a band. */
const BAND = 10;

/** Whose maps are averaged: ages from `age_from` to under `age_to`, of one sex or, where it is null, of all. */
export interface GroupKey {
  age_from: number;
  age_to: number;
  sex: string | null;
}

/** One group's sums become means; values of both from 0 to 1. */
export interface Group extends GroupKey {
  /** Pictures that went into the means, and of how many patients. */
  pictures: number;
  patients: number;
  map: Float32Array<ArrayBuffer>;
  picture: Float32Array<ArrayBuffer>;
}

interface Sums {
  key: GroupKey;
  pictures: number;
  patients: Set<string>;
  map: Float64Array;
  picture: Float64Array;
}

function addTo(sums: Float64Array, values: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (values[i] as number);
}

/** Sums of maps and pictures as they come: memory for a few groups, however many people there are. */
export class GroupMaps {
  readonly #groups = new Map<string, Sums>();

  add(
    { age, sex, subject }: Pick<Prediction, 'age' | 'sex' | 'subject'>,
    { map }: SaliencyMap,
    picture: Float32Array,
  ): void {
    const age_from = Math.floor(age / BAND) * BAND;
    const key = { age_from, age_to: age_from + BAND };
    for (const of of sex ? [null, sex] : [null]) {
      const sums = this.#sums({ ...key, sex: of }, map.length, picture.length);
      sums.pictures++;
      sums.patients.add(subject);
      addTo(sums.map, map);
      addTo(sums.picture, picture);
    }
  }

  #sums(key: GroupKey, mapSize: number, pictureSize: number): Sums {
    const name = groupName(key);
    let sums = this.#groups.get(name);
    if (!sums) {
      const [map, picture] = [new Float64Array(mapSize), new Float64Array(pictureSize)];
      sums = { key, pictures: 0, patients: new Set(), map, picture };
      this.#groups.set(name, sums);
    }
    return sums;
  }

  /** Youngest first, in each band all before each sex. */
  groups(): Group[] {
    return [...this.#groups.values()]
      .sort((a, b) => a.key.age_from - b.key.age_from || (a.key.sex ?? '').localeCompare(b.key.sex ?? '', 'en'))
      .map(({ key, pictures, patients, map, picture }) => ({
        ...key,
        pictures,
        patients: patients.size,
        map: Float32Array.from(map, (sum) => sum / pictures),
        picture: Float32Array.from(picture, (sum) => sum / pictures),
      }));
  }
}

/** "20-29", "20-29-F": for files. */
export function groupName({ age_from, age_to, sex }: GroupKey): string {
  return [age_from, age_to - 1, ...(sex === null ? [] : [sex])].join('-');
}
