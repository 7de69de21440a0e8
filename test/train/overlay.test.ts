import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { overlayImage, pictureImage } from '../../src/train/overlay.ts';

const SIDE = 8;

/** One bright pixel. */
function dot(row: number, column: number): Float32Array {
  const picture = new Float32Array(SIDE * SIDE);
  picture[row * SIDE + column] = 1;
  return picture;
}

/** Where the brightest dot of the image is, as shares of its size. */
function brightest(picture: Float32Array): { left: number; top: number } {
  const { data, width } = pictureImage(picture, SIDE);
  let best = 0;
  for (let i = 0; i < data.length; i += 3) if ((data[i] as number) > (data[best] as number)) best = i;
  return { left: ((best / 3) % width) / width, top: Math.floor(best / 3 / width) / width };
}

const test = suite('overlay');

test('the head is up, the patient’s right and the front are on the left of each projection', () => {
  const rightAtHead = brightest(dot(3, 7));
  assert.ok(rightAtHead.left < 0.15 && rightAtHead.top < 0.15, JSON.stringify(rightAtHead));
  const leftAtFeet = brightest(dot(0, 0));
  assert.ok(leftAtFeet.left > 0.35 && leftAtFeet.left < 0.5 && leftAtFeet.top > 0.85, JSON.stringify(leftAtFeet));
  const frontAtHead = brightest(dot(7, 7));
  assert.ok(frontAtHead.left >= 0.5 && frontAtHead.left < 0.65 && frontAtHead.top < 0.15, JSON.stringify(frontAtHead));
  const backAtHead = brightest(dot(4, 7));
  assert.ok(backAtHead.left > 0.85, JSON.stringify(backAtHead));
});

test('one projection does not bleed into the other', () => {
  const picture = new Float32Array(SIDE * SIDE).fill(1, 0, (SIDE * SIDE) / 2);
  const { data, width } = pictureImage(picture, SIDE);
  for (let left = 0; left < width; left++) assert.is(data[left * 3], left < width / 2 ? 255 : 0);
});

test('the map colours where it is high and leaves the picture where it is zero', () => {
  const picture = new Float32Array(SIDE * SIDE).fill(0.5);
  const plain = overlayImage(picture, SIDE, new Float32Array(16), 4);
  assert.ok(plain.data.every((value) => value === 128));
  const map = new Float32Array(16).fill(1);
  const { data } = overlayImage(picture, SIDE, map, 4);
  assert.not.equal([data[0], data[1]], [data[1], data[2]]);
});

test('lines at a quarter, half and three quarters, the higher the wider, tell values without colour', () => {
  const [side, size] = [64, 192];
  // The map rises along the columns of the picture: upwards in the image.
  const map = Float32Array.from({ length: side * side }, (_, i) => (i % side) / (side - 1));
  for (const [ground, line] of [
    [0, 255],
    [1, 0],
  ] as const) {
    const { data } = overlayImage(new Float32Array(side * side).fill(ground), side, map, side);
    const isLine = (left: number, top: number) =>
      [0, 1, 2].every((channel) => data[3 * (top * size + left) + channel] === line);
    for (const left of [10, 95, 96, 180]) {
      const runs: number[] = [];
      for (let top = size - 4; top >= 3; top--) {
        if (isLine(left, top)) runs.push((isLine(left, top + 1) ? (runs.pop() ?? 0) : 0) + 1);
      }
      assert.equal(runs, [1, 2, 3], `lines of ${line} at ${left}`);
    }
  }
});

test.run();
