import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { patchNumbers } from '../../src/kernels/patch/patch.ts';
import type { Warp } from '../../src/kernels/warp/warp.ts';
import { drawPatch, drawWarps } from '../../src/train/augment.ts';
import { type AugmentSettings, parseConfig } from '../../src/train/config.ts';
import { randomStream } from '../../src/util/random.ts';

const SIDE = 224;
const DRAWS = 400;

const settings = (augment: object): AugmentSettings => parseConfig({ augment }, 'test').augment;
const still = { shift: 0, intensity: 0, rotate: 0, scale: 0, offset: 0, blur: 0, noise: 0, erase: 0, mirror: false };
const draws = (augment: object, side = SIDE): [Warp, Warp][] =>
  Array.from({ length: DRAWS }, (_, i) =>
    drawWarps(settings({ ...still, ...augment }), side, randomStream(5, 'draws', i)),
  );

/** Least and greatest of some numbers. */
const range = (values: number[]) => [Math.min(...values), Math.max(...values)] as const;
const near = ([low, high]: readonly [number, number], least: number, most: number) => {
  const slack = 0.03 * (most - least);
  assert.ok(low >= least - 1e-9 && low < least + slack, `least is ${low}, not a little above ${least}`);
  assert.ok(high <= most + 1e-9 && high > most - slack, `greatest is ${high}, not a little below ${most}`);
};

const test = suite('draws of the augmentation');

test('with everything off every draw is the identity', () => {
  const identity = {
    matrix: [
      [1, 0, 0],
      [0, 1, 0],
    ],
    gain: 1,
    offset: 0,
    rectangle: [0, 0, 0, 0],
    blur: 0,
  };
  for (const pair of draws({})) {
    for (const half of pair) {
      const matrix = half.matrix.map((row) => row.map((value) => value + 0)); // −0 is 0
      assert.equal({ ...half, matrix, offset: half.offset + 0 }, identity);
    }
  }
});

test('shifts, gains, offsets and blurs fill their ranges, lengths in pixels of 224', () => {
  const moved = draws({ shift: 8, intensity: 0.2, offset: 0.1, blur: 2 }, 112);
  for (const half of [0, 1] as const) {
    near(range(moved.map((pair) => pair[half].matrix[0][2])), -4, 4);
    near(range(moved.map((pair) => pair[half].matrix[1][2])), -4, 4);
  }
  near(range(moved.map(([{ gain }]) => gain)), 0.8, 1.2);
  near(range(moved.map(([{ offset }]) => offset)), -0.1, 0.1);
  near(range(moved.map(([{ blur }]) => blur)), 0, 1);
  assert.ok(moved.every(([above, below]) => above.gain === below.gain && above.matrix[0][2] !== below.matrix[0][2]));
});

test('turns and sizes fill their ranges and leave the centre of each half where it is', () => {
  const turned = draws({ rotate: 20, scale: 0.25 });
  const degrees = ({ matrix }: Warp) => (Math.atan2(matrix[0][1], matrix[0][0]) * 180) / Math.PI;
  const shrunk = ({ matrix }: Warp) => Math.hypot(matrix[0][0], matrix[0][1]);
  near(range(turned.map(([above]) => degrees(above))), -20, 20);
  near(range(turned.map(([, below]) => shrunk(below))), 0.8, 1.25);
  for (const { matrix } of turned.flat()) {
    const [row, column] = matrix.map(([a, b, c]) => a * 55.5 + b * 111.5 + c) as [number, number];
    assert.ok(Math.abs(row - 55.5) + Math.abs(column - 111.5) < 1e-9);
    assert.ok(Math.abs(matrix[0][0] - matrix[1][1]) + Math.abs(matrix[0][1] + matrix[1][0]) < 1e-12);
  }
});

test('mirroring turns rows of about every other coronal half round, of the sagittal half never', () => {
  const mirrored = draws({ mirror: true });
  const count = mirrored.filter(([{ matrix }]) => matrix[0][0] === -1 && matrix[0][2] === 111).length;
  assert.ok(Math.abs(count / DRAWS - 0.5) < 0.1, `${count} of ${DRAWS}`);
  assert.ok(mirrored.every(([above]) => Math.abs(above.matrix[0][0]) === 1));
  assert.ok(mirrored.every(([, below]) => below.matrix[0][0] === 1));
});

test('rectangles come with the chance that was set, inside the half, of 2 to 33 % of it', () => {
  const rectangles = draws({ erase: 0.3 }).flatMap(([above, below]) => [above.rectangle, below.rectangle]);
  const chosen = rectangles.filter(([, , rows]) => rows > 0);
  assert.ok(Math.abs(chosen.length / rectangles.length - 0.3) < 0.06, `${chosen.length} of ${rectangles.length}`);
  for (const [row, column, rows, columns] of chosen) {
    assert.ok(row >= 0 && column >= 0 && row + rows <= 112 && column + columns <= 224);
    const share = (rows * columns) / (112 * 224);
    assert.ok(share > 0.015 && share < 0.34, `a rectangle of ${rows} × ${columns}`);
  }
});

test('a setting changes its own draws alone', () => {
  const stream = () => randomStream(1, 'x');
  const [plain] = drawWarps(settings({ ...still, shift: 8 }), SIDE, stream());
  const [more] = drawWarps(settings({ ...still, shift: 8, erase: 1, blur: 2, mirror: true }), SIDE, stream());
  assert.equal(more.matrix[1], plain.matrix[1]);
});

test('kerber2023: patches inside the picture, enlarged by 1 to 1.5, pasted inside, turned by whole degrees', () => {
  const patches = Array.from({ length: DRAWS }, (_, i) =>
    drawPatch(settings({ recipe: 'kerber2023', rotate: 10.5 }), SIDE, randomStream(2, 'patch', i)),
  );
  near(range(patches.map(({ from }) => from[0])), 0, 112);
  near(range(patches.map(({ from }) => from[1])), 0, 112);
  near(range(patches.map(({ enlarged }) => enlarged)), 112, 168);
  assert.ok(patches.every(({ to, enlarged }) => Math.min(...to) >= 0 && Math.max(...to) + enlarged <= SIDE));
  assert.equal(range(patches.map(({ angle }) => angle)), [-10, 10]);
  assert.ok(patches.every(({ angle, enlarged }) => Number.isInteger(angle) && Number.isInteger(enlarged)));
  const upright = drawPatch(settings({ recipe: 'kerber2023' }), SIDE, randomStream(2, 'patch', 0));
  assert.equal(patchNumbers(upright).slice(-2), [1, 0]);
});

test.run();
