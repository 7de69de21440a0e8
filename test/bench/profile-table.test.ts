import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { profileLines, profileRows } from '../../src/bench/profile-table.ts';
import { Profile } from '../../src/gpu/profile.ts';

const test = suite('table of a profile');

test('kernels are added up, set against the adapter’s rates and laid out in columns', () => {
  const profile = new Profile('device');
  const add = (name: string, start: number, end: number, flops: number, bytes: number) =>
    profile.add({ entry: { kernel: { name } }, work: { flops, bytes } } as never, start, end);
  add('conv2d.forward', 5000, 7000, 40_000, 1000);
  add('conv2d.forward', 8000, 9000, 20_000, 500);
  add('relu.forward', 9000, 10_000, 0, 4000);
  const rows = profileRows(profile, { peak_gflops: 40, copy_gbs: 8 });
  assert.equal(rows, [
    {
      kernel: 'conv2d.forward',
      dispatches: 2,
      milliseconds: 0.003,
      time_share: 0.75,
      gflops: 20,
      peak_share: 0.5,
      gbs: 0.5,
      copy_share: 0.0625,
    },
    {
      kernel: 'relu.forward',
      dispatches: 1,
      milliseconds: 0.001,
      time_share: 0.25,
      gflops: 0,
      peak_share: 0,
      gbs: 4,
      copy_share: 0.5,
    },
  ]);
  assert.equal(profileLines(rows), [
    'kernel          dispatches    ms  of time  GFLOP/s  of peak  GB/s  of copy',
    'conv2d.forward           2  0.00     75 %     20.0     50 %   0.5    6.3 %',
    'relu.forward             1  0.00     25 %                     4.0     50 %',
  ]);
  assert.equal(
    profile.spans.map(({ start }) => start),
    [0, 3000, 4000],
  );
});

test.run();
