import { suite } from 'uvu';
import { sobel } from '../../src/kernels/sobel/sobel.ts';
import { casesOf, checkVolumeCase } from './volumes.ts';

const test = suite('sobel');

for (const name of await casesOf('sobel')) {
  test(name, () =>
    checkVolumeCase(name, ({ gpu, inputs: { x }, y, shape }) => {
      if (!x) throw new Error(`${name} has no in.x`);
      sobel(gpu, { x: x.buffer, y, shape });
    }),
  );
}

test.run();
