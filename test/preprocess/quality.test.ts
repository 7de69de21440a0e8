import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { signsInMask, signsInValues } from '../../src/preprocess/ct/quality.ts';

const test = suite('ct quality');
const SHAPE = [40, 40, 10] as const;

/** A mask [d0, d1, d2] from what is inside at (x from the left, y from the back, z). */
function maskOf(inside: (x: number, y: number, z: number) => boolean): Uint8Array {
  const [d0, d1, d2] = SHAPE;
  const mask = new Uint8Array(d0 * d1 * d2);
  for (let x = 0; x < d0; x++)
    for (let y = 0; y < d1; y++) for (let z = 0; z < d2; z++) mask[(x * d1 + y) * d2 + z] = inside(x, y, z) ? 1 : 0;
  return mask;
}

const torso = (x: number, y: number) => ((x - 20) / 12) ** 2 + ((y - 22) / 9) ** 2 <= 1;

test('a torso alone has no signs, nor has an empty mask', () => {
  assert.equal(signsInMask(maskOf(torso), SHAPE), []);
  assert.equal(
    signsInMask(
      maskOf(() => false),
      SHAPE,
    ),
    [],
  );
});

test('pieces beside the body are taken for arms where enough slices have them', () => {
  const arm = (x: number, y: number) => (x - 3) ** 2 + (y - 22) ** 2 <= 6;
  const until = (slices: number) =>
    signsInMask(
      maskOf((x, y, z) => torso(x, y) || (arm(x, y) && z < slices)),
      SHAPE,
    );
  assert.equal(until(2), []);
  assert.match(until(3).join(), /arms in the mask\? 3 of 10 slices/);
});

test('a wide plate below a narrower waist is taken for a table', () => {
  const table = (x: number, y: number) => y >= 8 && y <= 9 && x >= 4 && x < 36;
  const strut = (x: number, y: number) => y > 9 && y < 14 && x >= 18 && x < 22;
  const signs = signsInMask(
    maskOf((x, y) => torso(x, y) || table(x, y) || strut(x, y)),
    SHAPE,
  );
  assert.match(signs.join(), /table in the mask\? 10 of 10 slices/);
});

test('values without air, and values no scanner gives', () => {
  const ct = Int16Array.from({ length: 2600 }, (_, i) => (i % 2 ? -1000 : 40));
  assert.equal(signsInValues({ data: ct }), []);
  assert.match(signsInValues({ data: ct.map((value) => value + 1024) }).join(), /only 0\.0 % of the scan is air/);
  const wild = Float32Array.from(ct);
  wild[13] = 1e6;
  assert.match(signsInValues({ data: wild }).join(), /0\.5 % of the values lie outside/);
});

test.run();
