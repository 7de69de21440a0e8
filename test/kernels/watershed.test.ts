import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { floodOnHost } from '../../src/kernels/watershed/in-order.ts';
import { watershed } from '../../src/kernels/watershed/watershed.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';
import { casesOf, checkVolumeCase, elements, neighbours } from './volumes.ts';

const test = suite('watershed');

for (const name of await casesOf('watershed')) {
  test(name, () =>
    checkVolumeCase(name, ({ gpu, inputs: { elevation, markers, mask }, params, y, shape }) => {
      if (!elevation || !markers) throw new Error(`${name} lacks an input`);
      const connectivity = params.number('connectivity', 1);
      return watershed(gpu, {
        elevation: elevation.buffer,
        markers: markers.buffer,
        mask: mask?.buffer,
        y,
        shape,
        connectivity,
        inOrderUpTo: name.includes('ties') ? undefined : 0,
      });
    }),
  );
}

interface Problem {
  elevation: Float32Array<ArrayBuffer>;
  markers: Int32Array<ArrayBuffer>;
  shape: readonly number[];
  connectivity: number;
}

/** A priority flood: always on from the lowest voxel reached, the first reached of equals; labels are given on reaching. */
function flooded({ elevation, markers, shape, connectivity }: Problem): Int32Array {
  const labels = markers.slice();
  const queue = [...markers.keys()].filter((voxel) => markers[voxel] !== 0);
  const height = (voxel: number) => elevation[voxel] as number;
  while (queue.length > 0) {
    let lowest = 0;
    for (let k = 1; k < queue.length; k++) if (height(queue[k] as number) < height(queue[lowest] as number)) lowest = k;
    const [voxel] = queue.splice(lowest, 1) as [number];
    for (const next of neighbours(shape, voxel, connectivity)) {
      if (labels[next] !== 0) continue;
      labels[next] = labels[voxel] as number;
      queue.push(next);
    }
  }
  return labels;
}

/** `inOrderUpTo` 0: flooded in parallel, as large volumes are. */
async function labelsOf(
  { elevation, markers, shape, connectivity }: Problem,
  inOrderUpTo: number | undefined,
): Promise<Int32Array> {
  const gpu = await testGpu();
  const [e, m, y] = [gpu.upload(elevation), gpu.upload(markers), gpu.alloc(markers.byteLength)];
  await watershed(gpu, { elevation: e, markers: m, y, shape, connectivity, inOrderUpTo });
  const result = new Int32Array(await gpu.read(y));
  for (const buffer of [e, m, y]) buffer.release();
  return result;
}

/** Different elevations in random order, negative ones and both infinities among them, and some markers. */
function randomProblem(shape: readonly number[], connectivity: number, count: number): Problem {
  const random = randomStream(2, 'watershed test', shape.join(), connectivity);
  const n = elements(shape);
  const elevation = Float32Array.from(random.permutation(n), (rank) =>
    rank === 0 ? -Infinity : rank === n - 1 ? Infinity : (rank - n / 2) / 8,
  );
  const markers = new Int32Array(n);
  for (let k = 0; k < count; k++) markers[random.integer(n)] = 10 - k;
  return { elevation, markers, shape, connectivity };
}

for (const [shape, connectivity] of [
  [[23, 31], 1],
  [[23, 31], 2],
  [[7, 9, 11], 1],
  [[7, 9, 11], 2],
  [[7, 9, 11], 3],
] as const) {
  test(`the host floods as the device does, ties included: ${shape.join(' × ')}, connectivity ${connectivity}`, async () => {
    const problem = randomProblem(shape, connectivity, 9);
    const random = randomStream(4, 'watershed ties', shape.join());
    problem.elevation = problem.elevation.map(() => random.integer(5));
    const { elevation, markers } = problem;
    const [d0, d1, d2] = shape.length === 3 ? shape : [1, ...shape];
    const labels = floodOnHost({ elevation, markers, mask: null, shape: [d0, d1, d2], connectivity });
    assert.equal(labels, await labelsOf(problem, undefined));
  });
}

test('pictures that one invocation would take too long for are flooded in order too', async () => {
  const [shape, n] = [[182, 181] as const, 182 * 181];
  const random = randomStream(5, 'watershed of a picture');
  const elevation = Float32Array.from({ length: n }, () => random.integer(40));
  const markers = new Int32Array(n);
  for (let k = 1; k <= 20; k++) markers[random.integer(n)] = k;
  const problem = { elevation, markers, shape, connectivity: 2 };
  const labels = floodOnHost({ elevation, markers, mask: null, shape: [1, ...shape], connectivity: 2 });
  assert.equal(await labelsOf(problem, undefined), labels);
  assert.not.equal(await labelsOf(problem, 0), labels, 'in parallel ties fall out otherwise');
});

for (const connectivity of [1, 2, 3]) {
  test(`a priority flood in three dimensions, connectivity ${connectivity}`, async () => {
    for (const shape of [
      [6, 7, 40],
      [1, 9, 33],
      [5, 1, 64],
      [11, 8, 2],
    ]) {
      const problem = randomProblem(shape, connectivity, 4);
      for (const inOrderUpTo of [undefined, 0])
        assert.equal(await labelsOf(problem, inOrderUpTo), flooded(problem), `${shape} ${inOrderUpTo}`);
    }
  });
}

test('lines longer than a chunk of 1,024 voxels', async () => {
  for (const connectivity of [1, 2]) {
    const problem = randomProblem([2, 1100], connectivity, 3);
    problem.elevation.sort().reverse(); // one long slope: the flood must cross every chunk
    assert.equal(await labelsOf(problem, 0), flooded(problem), String(connectivity));
  }
});

test('a level plain is parted half way between two markers', async () => {
  const shape = [5, 41];
  const markers = new Int32Array(elements(shape));
  markers[2 * 41] = 3;
  markers[2 * 41 + 40] = 7;
  const plain = { elevation: new Float32Array(markers.length), markers, shape, connectivity: 1 };
  const labels = await labelsOf(plain, 0);
  for (let voxel = 0; voxel < labels.length; voxel++) {
    const column = voxel % 41;
    if (column !== 20) assert.is(labels[voxel], column < 20 ? 3 : 7, `column ${column}`);
  }
});

test('where elevations tie, small volumes go as in a priority flood, and most voxels of large ones', async () => {
  const problem = randomProblem([12, 13, 14], 1, 6);
  const { elevation } = problem;
  for (let voxel = 0; voxel < elevation.length; voxel++) {
    const [i, j, k] = [Math.floor(voxel / (13 * 14)), Math.floor(voxel / 14) % 13, voxel % 14];
    elevation[voxel] = Math.round(4 * (Math.sin(0.9 * i + 0.3 * j) + Math.cos(0.8 * j - 0.2 * k) + Math.sin(k)));
  }
  assert.equal(await labelsOf(problem, undefined), flooded(problem));
  const [actual, expected] = [await labelsOf(problem, 0), flooded(problem)];
  const equal = actual.filter((each, voxel) => each === expected[voxel]).length;
  assert.ok(equal > 0.9 * actual.length, `${equal} of ${actual.length}`);
});

test('voxels that no flood reaches get 0', async () => {
  const gpu = await testGpu();
  const [e, m, mask, y] = [
    gpu.upload(new Float32Array(9)),
    gpu.upload(Int32Array.of(5, 0, 0, 0, 0, 0, 0, 0, 4)),
    gpu.upload(Int32Array.of(1, 1, 0, 1, 1, 0, 1, 1, 0)),
    gpu.alloc(36),
  ];
  await watershed(gpu, { elevation: e, markers: m, mask, y, shape: [9] });
  assert.equal([...new Int32Array(await gpu.read(y))], [5, 5, 0, 0, 0, 0, 0, 0, 0]);
  for (const buffer of [e, m, mask, y]) buffer.release();
});

test.run();
