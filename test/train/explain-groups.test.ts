import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GroupMaps, groupName } from '../../src/train/explain-groups.ts';

const test = suite('mean maps of groups');

/** A person's map and picture of one pixel each. */
const PEOPLE = [
  { subject: 'a', age: 29.99, sex: 'F', map: 0.25, picture: 1 },
  { subject: 'b', age: 20, sex: 'M', map: 0.75, picture: 0 },
  { subject: 'c', age: 30, sex: '', map: 1, picture: 0.5 },
  { subject: 'a', age: 25, sex: 'F', map: 0.5, picture: 0 },
] as const;

test('bands of ten years, all and by sex, from the youngest, with how many are in them', () => {
  const means = new GroupMaps();
  for (const { map, picture, ...person } of PEOPLE)
    means.add(person, { map: Float32Array.of(map), side: 1 }, Float32Array.of(picture));
  const groups = means.groups().map(({ map, picture, ...facts }) => ({ ...facts, map: map[0], picture: picture[0] }));
  const twenties = { age_from: 20, age_to: 30 };
  assert.equal(groups, [
    { ...twenties, sex: null, pictures: 3, patients: 2, map: 0.5, picture: Math.fround(1 / 3) },
    { ...twenties, sex: 'F', pictures: 2, patients: 1, map: 0.375, picture: 0.5 },
    { ...twenties, sex: 'M', pictures: 1, patients: 1, map: 0.75, picture: 0 },
    { age_from: 30, age_to: 40, sex: null, pictures: 1, patients: 1, map: 1, picture: 0.5 },
  ]);
  assert.equal(groups.map(groupName), ['20-29', '20-29-F', '20-29-M', '30-39']);
});

test('no one makes no group', () => assert.equal(new GroupMaps().groups(), []));

test.run();
