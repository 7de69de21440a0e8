import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { closestCanonical, type Matrix4, toCanonical, type Vector3, type Volume } from '../../src/formats/volume.ts';
import { scaleHu, shiftSoftTissue } from '../../src/preprocess/ct/perturb/contrast.ts';
import { addNoise } from '../../src/preprocess/ct/perturb/noise.ts';
import { addArms, addTable } from '../../src/preprocess/ct/perturb/objects.ts';
import { PERTURBATIONS } from '../../src/preprocess/ct/perturb/perturbations.ts';
import { rotatePatient } from '../../src/preprocess/ct/perturb/rotate.ts';
import { shiftPatient } from '../../src/preprocess/ct/perturb/shift.ts';
import { averageSlices, cropScan, skipSlices } from '../../src/preprocess/ct/perturb/slices.ts';
import { randomStream } from '../../src/util/random.ts';

const test = suite('perturbations');

/** Voxels of 2 × 3 × 5 mm along R, A, S. */
const STRAIGHT: Matrix4 = [2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30, 0, 0, 0, 1];

type Field = (x: number, y: number, z: number) => number;

function volumeOf(size: Vector3, hu: Field, affine = STRAIGHT): Volume & { data: Int16Array<ArrayBuffer> } {
  const data = new Int16Array(size[0] * size[1] * size[2]);
  let next = 0;
  for (let z = 0; z < size[2]; z++)
    for (let y = 0; y < size[1]; y++) for (let x = 0; x < size[0]; x++) data[next++] = Math.round(hu(x, y, z));
  return { data, size, affine };
}

/** The same scan stored as DICOM and other files have it: axes in another order, some running backwards. */
function restored(volume: Volume, order: Vector3, flip: readonly boolean[]): Volume {
  const size = order.map((axis) => volume.size[axis as 0]) as unknown as Vector3;
  const affine = [...volume.affine];
  order.forEach((axis, k) => {
    for (let row = 0; row < 3; row++) {
      const step = volume.affine[4 * row + axis] as number;
      affine[4 * row + k] = flip[k] ? -step : step;
      if (flip[k]) affine[4 * row + 3] = (affine[4 * row + 3] as number) + step * ((size[k] as number) - 1);
    }
  });
  const view = closestCanonical({ size, affine });
  const data = volume.data.slice();
  const [nx, ny, nz] = volume.size;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++)
        data[view.offset + x * view.strides[0] + y * view.strides[1] + z * view.strides[2]] = volume.data[
          x + nx * (y + ny * z)
        ] as number;
  return { data, size, affine };
}

const at = ({ data, size }: Volume, x: number, y: number, z: number) => data[x + size[0] * (y + size[1] * z)] as number;
const stream = () => randomStream(3, 'perturbation');
const values = ({ data }: Volume) => Array.from(data);

/** An ellipse of tissue with a spine, 60 % of the field wide. */
const trunk = volumeOf([60, 40, 12], (x, y) => {
  const inside = ((x - 29.5) / 18) ** 2 + ((y - 19.5) / 12) ** 2 < 1;
  return inside ? (Math.hypot(x - 29.5, y - 12) < 3 ? 400 : 40) : -1000;
});

test('strength 0 changes no bit', () => {
  const same: Volume[] = [
    addNoise(trunk, 0, stream()),
    rotatePatient(trunk, 0, 0),
    shiftPatient(trunk, 0, 0),
    cropScan(trunk, { feet: 0, head: 0 }),
    averageSlices(trunk, 1),
    skipSlices(trunk, 1),
    addTable(trunk, 0),
    addArms(trunk, 0),
    shiftSoftTissue(trunk, 0),
    scaleHu(trunk, 0),
  ];
  for (const [i, each] of same.entries()) {
    assert.equal(each.data, trunk.data, `${i}`);
    assert.equal(each.affine, trunk.affine, `${i}`);
  }
});

test('every perturbation leaves the given volume as it was, and gives the same bits again', () => {
  const before = trunk.data.slice();
  for (const { name, strengths, apply, recipe } of PERTURBATIONS) {
    for (const strength of [strengths[0], strengths.at(-1)] as number[]) {
      const [first, second] = [apply(trunk, strength, stream()), apply(trunk, strength, stream())];
      assert.equal(trunk.data, before, name);
      assert.equal(first, second, name);
      assert.ok(recipe || first.data.length !== before.length || values(first).some((v, i) => v !== before[i]), name);
      assert.instance(first.data, Int16Array);
    }
  }
});

test('what is done does not depend on the order in which a scan is stored', () => {
  const random = randomStream(8, 'restored');
  const grainy = volumeOf([24, 20, 16], (x, y) => (Math.hypot(x - 12, y - 9) < 8 ? 40 : -1000) + random.integer(20));
  const turned = restored(grainy, [2, 0, 1], [true, false, true]);
  for (const { name, strengths, apply } of PERTURBATIONS) {
    if (name === 'noise') continue;
    if (name.startsWith('slices')) continue; // an incomplete last slice lies at the end of storage
    const strength = strengths.at(-1) as number;
    const [a, b] = [grainy, turned].map((each) => apply(each, strength, stream()));
    const [one, other] = [toCanonical(a as Volume), toCanonical(b as Volume)];
    assert.equal(other.size, one.size, name);
    for (let i = 0; i < one.data.length; i++)
      assert.ok(Math.abs((one.data[i] as number) - (other.data[i] as number)) <= 1, `${name} ${i}`);
    for (let i = 0; i < 16; i++)
      assert.ok(Math.abs((one.affine[i] as number) - (other.affine[i] as number)) < 1e-9, name);
  }
});

test('noise has the deviation that was asked for, mean 0, and spares padding', () => {
  const plain = volumeOf([64, 64, 40], (x) => (x === 0 ? -3024 : 50));
  for (const deviation of [10, 60]) {
    const noisy = addNoise(plain, deviation, stream());
    const differences = values(noisy).flatMap((value, i) => (i % 64 === 0 ? [] : [value - 50]));
    const mean = differences.reduce((sum, d) => sum + d, 0) / differences.length;
    const sd = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / differences.length);
    assert.ok(Math.abs(mean) < 0.02 * deviation, `mean ${mean}`);
    assert.ok(Math.abs(sd / deviation - 1) < 0.01, `deviation ${sd}`);
    assert.is(at(noisy, 0, 5, 5), -3024);
  }
  const other = addNoise(plain, 10, randomStream(4, 'perturbation'));
  assert.is.not(at(other, 5, 5, 5) - at(addNoise(plain, 10, stream()), 5, 5, 5), 0);
});

test('a turn by +10° and back by −10° is the scan again, within interpolation', () => {
  const smooth = volumeOf([40, 36, 30], (x, y, z) => {
    const r = Math.hypot((x - 19.5) * 2, (y - 17.5) * 3, (z - 14.5) * 5);
    return -1000 + 1100 * Math.exp(-((r / 28) ** 2)) + 6 * x - 4 * y;
  });
  for (const about of [0, 1, 2] as const) {
    const there = rotatePatient(smooth, about, 10);
    const back = rotatePatient(there, about, -10);
    for (const [x, y, z] of [
      [20, 18, 15],
      [14, 14, 12],
      [26, 20, 18],
      [19, 24, 14],
    ] as const) {
      assert.ok(Math.abs(at(back, x, y, z) - at(smooth, x, y, z)) <= 3, `about ${about} at ${x},${y},${z}`);
    }
    assert.ok(values(there).some((value, i) => Math.abs(value - (smooth.data[i] as number)) > 20));
  }
});

test('a turn is right-handed about the axis, in millimetres, and brings in air', () => {
  // A rod along S at 20 mm in front of the middle.
  const rod = volumeOf([61, 41, 3], (x, y) => 1000 * Math.exp(-(((x - 30) * 2) ** 2 + ((y - 20) * 3 - 21) ** 2) / 40));
  const turned = rotatePatient(rod, 2, 90);
  // From the front to the left: x = −21 mm, which is 10.5 voxels.
  assert.ok(at(turned, 19, 20, 1) > 800 && at(turned, 20, 20, 1) > 800, `${at(turned, 19, 20, 1)}`);
  assert.ok(at(turned, 30, 27, 1) < 20);
  const full = rotatePatient(
    volumeOf([30, 20, 3], () => 40),
    2,
    10,
  );
  assert.is(at(full, 0, 0, 1), -1024);
  assert.is(at(full, 15, 10, 1), 40);
});

test('a shift moves by whole voxels and brings in air', () => {
  const ramp = volumeOf([10, 8, 4], (x, y, z) => x + 100 * y + 1000 * z);
  const right = shiftPatient(ramp, 0, 5); // 2.5 voxels of 2 mm: 3
  assert.is(at(right, 3, 4, 2), at(ramp, 0, 4, 2));
  assert.is(at(right, 2, 4, 2), -1024);
  const back = shiftPatient(ramp, 1, -6);
  assert.is(at(back, 5, 0, 1), at(ramp, 5, 2, 1));
  assert.is(at(back, 5, 7, 1), -1024);
  assert.ok(values(shiftPatient(ramp, 0, 500)).every((value) => value === -1024));
  assert.equal(right.affine, ramp.affine);
});

test('crops, gaps and thick slices: values and where they lie', () => {
  const ramp = volumeOf([3, 2, 10], (x, y, z) => x + 10 * y + 100 * z);
  const cropped = cropScan(ramp, { feet: 0.2, head: 0.1 });
  assert.equal(cropped.size, [3, 2, 7]);
  assert.is(at(cropped, 1, 1, 0), at(ramp, 1, 1, 2));
  assert.is(cropped.affine[11], 30 + 2 * 5);
  const gaps = skipSlices(ramp, 4);
  assert.equal(gaps.size, [3, 2, 3]);
  assert.is(at(gaps, 2, 1, 2), at(ramp, 2, 1, 8));
  assert.equal([gaps.affine[10], gaps.affine[11]], [20, 30]);
  const thick = averageSlices(ramp, 4);
  assert.equal(thick.size, [3, 2, 2]);
  assert.is(at(thick, 2, 0, 1), 2 + 100 * 5.5);
  assert.equal([thick.affine[10], thick.affine[11]], [20, 30 + 1.5 * 5]);
  // Slices that run from head to feet: the head's end is the first one.
  const downwards = restored(ramp, [0, 1, 2], [false, false, true]);
  assert.is(at(toCanonical(cropScan(downwards, { head: 0.3 })), 0, 0, 6), at(ramp, 0, 0, 6));
  assert.throws(
    () => averageSlices(cropScan(ramp, { feet: 0.8 }), 4),
    /2 slices from feet to head are too few.*needs 4/,
  );
  assert.throws(() => cropScan(ramp, { feet: 0.6, head: 0.4 }), /10 slices .* needs 11/);
});

test('a table lies against the back, arms beside the body, and the body stays', () => {
  const table = addTable(trunk, 10);
  const isBody = (i: number) => (trunk.data[i] as number) > -500;
  assert.ok(values(table).every((value, i) => !isBody(i) || value === trunk.data[i]));
  assert.is(at(table, 30, 8, 3), 40, 'the lowest row of the body');
  assert.equal(
    [7, 6, 5, 4].map((y) => at(table, 30, y, 3)),
    [-100, -100, -100, -1000],
    '3 of 3 mm',
  );
  assert.is(at(table, 5, 6, 0), -100, 'as wide as the field');
  const arms = addArms(trunk, 8);
  const row = Array.from({ length: 60 }, (_, x) => at(arms, x, 20, 3));
  assert.ok(values(arms).every((value, i) => !isBody(i) || value === trunk.data[i]));
  // The body's last voxel on this row is 47; the arm's 16 mm are those beyond, bone in its middle.
  assert.equal(row.slice(46), [40, 40, 50, 50, 50, 700, 50, 50, 50, -1000, -1000, -1000, -1000, -1000]);
  assert.is(at(arms, 51, 22, 3), -90, 'fat around it');
  assert.equal(row, row.toReversed());
});

test('contrast and gain change what they should', () => {
  const hu = volumeOf([8, 1, 1], (x) => [-3024, -1024, -1000, -120, 0, 200, 300, 500][x] as number);
  assert.equal(values(shiftSoftTissue(hu, 40)), [-3024, -1024, -1000, -120, 40, 240, 320, 500]);
  assert.equal(values(shiftSoftTissue(hu, -40)), [-3024, -1024, -1000, -120, -40, 160, 280, 500]);
  assert.equal(values(scaleHu(hu, 0.05)), [-3024, -1024, -1000, -76, 50, 260, 365, 575]);
  const asFloat = { ...hu, data: Float32Array.from(hu.data) };
  assert.is(shiftSoftTissue(asFloat, 0.5).data[4], 0.5);
});

test.run();
