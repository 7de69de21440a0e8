import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildColumn } from '../../../src/synthetic/ct/column.ts';
import { type CtSubject, drawCtSubject, renderCtVolume } from '../../../src/synthetic/ct/index.ts';

const test = suite('synthetic/ct/render');

const MATRIX = 64;

/** Someone of an average scan, so that pictures differ by anatomy alone. */
function plain(index: number): CtSubject {
  const subject = drawCtSubject(1, index);
  return {
    ...subject,
    scan: {
      ...subject.scan,
      pose: { turn: 0, shiftX: 0, shiftY: 0 },
      arms: 'out of view',
      contrastHu: 0,
      noiseHu: 0,
      padded: false,
    },
  };
}

const oldest = (age: number, sign: number): CtSubject => {
  const people = Array.from({ length: 40 }, (_, i) => plain(i)).filter((p) => sign * (p.biologicalAge - age) > 0);
  return people[0] as CtSubject;
};

/** Mean HU in a box of ± `half` mm about a point of the body. */
function meanAt(
  subject: CtSubject,
  volume: ReturnType<typeof renderCtVolume>,
  at: readonly [number, number, number],
  half: number,
): number {
  const [nx, ny, nz] = volume.size;
  const low = buildColumn(subject.anatomy).height(subject.scan.bottomMm);
  const span = (middle: number, step: number, n: number) =>
    [Math.max(0, Math.ceil(middle - half / step)), Math.min(n - 1, Math.floor(middle + half / step))] as const;
  const x = span(at[0] / volume.pixelMm + nx / 2, volume.pixelMm, nx);
  const y = span(at[1] / volume.pixelMm + ny / 2, volume.pixelMm, ny);
  const z = span((at[2] - low) / volume.stepMm, volume.stepMm, nz);
  let [sum, count] = [0, 0];
  for (let k = z[0]; k <= z[1]; k++)
    for (let j = y[0]; j <= y[1]; j++)
      for (let i = x[0]; i <= x[1]; i++) {
        sum += volume.data[i + nx * (j + ny * k)] as number;
        count++;
      }
  assert.ok(count > 0, 'the box holds a voxel');
  return sum / count;
}

test('vertebral bodies hold the stated bone, lungs air, the outside nothing', () => {
  const young = oldest(35, -1);
  const old = oldest(70, 1);
  const vertebra = (subject: CtSubject): number => {
    const volume = renderCtVolume(subject, MATRIX);
    const body = buildColumn(subject.anatomy).vertebrae.find(({ name }) => name === 'L3');
    if (!body) throw new Error('no L3');
    return meanAt(subject, volume, [body.x, body.y, body.z], 7);
  };
  const [strong, weak] = [vertebra(young), vertebra(old)];
  assert.ok(Math.abs(strong - young.anatomy.trabecularHu) < 40, `young: ${strong} for ${young.anatomy.trabecularHu}`);
  assert.ok(Math.abs(weak - old.anatomy.trabecularHu) < 60, `old: ${weak} for ${old.anatomy.trabecularHu}`);
  assert.ok(strong > weak + 60, `${strong} > ${weak}`);

  const volume = renderCtVolume(young, MATRIX);
  const chest = buildColumn(young.anatomy).height('T7');
  assert.ok(meanAt(young, volume, [75, 25, chest], 15) < -550, 'left lung');
  assert.ok(meanAt(young, volume, [-75, 25, chest], 15) < -550, 'right lung');
  assert.is(volume.data[0], -1000);
});

test('the spine stays within the central slabs', () => {
  for (let index = 0; index < 12; index++) {
    const { anatomy, scan } = drawCtSubject(9, index);
    const column = buildColumn(anatomy);
    for (const { x, name } of column.vertebrae) {
      assert.ok(
        Math.abs(x + scan.pose.shiftX) < 18,
        `subject ${index} ${name}: ${x + scan.pose.shiftX} mm off the midline`,
      );
    }
    const lumbar = column.vertebrae
      .slice(0, 5)
      .filter(({ y, halfDepth }) => Math.abs(y + scan.pose.shiftY) < 16 + halfDepth);
    assert.ok(lumbar.length >= 4, `subject ${index}: ${lumbar.length} lumbar bodies in the coronal slab`);
  }
});

test('the affine places the volume where the tags say, and sizes are within what scanners give', () => {
  for (let index = 0; index < 6; index++) {
    const subject = drawCtSubject(3, index);
    const { affine, size, data, pixelMm, stepMm, first } = renderCtVolume(subject, MATRIX);
    assert.equal(affine, [-pixelMm, 0, 0, -first[0], 0, -pixelMm, 0, -first[1], 0, 0, stepMm, first[2], 0, 0, 0, 1]);
    assert.is(data.length, size[0] * size[1] * size[2]);
    assert.ok(size[2] >= 55 && size[2] <= 105, `${size[2]} slices`);
    const fine = (pixelMm * MATRIX) / 512;
    assert.ok(fine > 0.699 && fine < 0.981, `${fine} mm at 512`);
  }
});

test('refuses matrices that make no sense', () => {
  const subject = drawCtSubject(1, 0);
  for (const matrix of [0, 31, 63, 514, Number.NaN, 100.5])
    assert.throws(() => renderCtVolume(subject, matrix), /matrix .* is not an even number/);
});

test.run();
