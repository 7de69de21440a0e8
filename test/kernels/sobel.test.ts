import { suite } from 'uvu';
import { sobel } from '../../src/kernels/sobel/sobel.ts';
import { casesOf, checkVolumeCase } from './volumes.ts';

const test = suite('sobel');

// Integer pictures are brought to −1 … 1 by the checker.
for (const name of (await casesOf('sobel')).filter((each) => !each.includes('int'))) {
  test(name, () =>
    checkVolumeCase(name, ({ gpu, inputs: { x }, y, shape }) => {
      if (!x) throw new Error(`${name} has no in.x`);
      sobel(gpu, { x: x.buffer, y, shape });
    }),
  );
}

test.run();
