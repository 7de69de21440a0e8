import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../../src/train/config.ts';
import { augmentationText } from '../../../src/train/report/augmentation.ts';

const test = suite('augmentation in words');

const text = (augment: object) => augmentationText(parseConfig({ augment }, 'test').augment);
const off = { shift: 0, rotate: 0, scale: 0, intensity: 0 };

test('what is on is named with its numbers, and nothing else', () => {
  assert.is(
    text({ ...off, shift: 6, intensity: 0.125 }),
    'each half by itself: shift up to 6 pixels of 224, intensity up to ±12.5 %',
  );
  const everything = text({ rotate: 4, scale: 0.1, mirror: true, offset: 0.02, noise: 0.1, blur: 2, erase: 0.25 });
  for (const part of ['4°', '10 %', 'mirrored', '±0.02', 'deviation 0.1', 'blur up to 2', 'chance of 25 %'])
    assert.ok(everything.includes(part), `"${part}" is not in: ${everything}`);
});

test('no augmentation is said so, whichever way it is switched off', () => {
  assert.is(text(off), 'none');
  assert.is(text({ recipe: 'none', shift: 8 }), 'none');
});

test('kerber2023 is described by what it takes', () => {
  const plain = text({ recipe: 'kerber2023', shift: 8, rotate: 0.5 });
  assert.match(plain, /^kerber2023: a patch of half the side, enlarged 1 to 1\.5 times, at a random place/);
  assert.not.match(plain, /turned|noise|shift/);
  assert.match(text({ recipe: 'kerber2023', rotate: 10.5, noise: 0.316 }), /up to 10° each way, .* variance 0\.0999$/);
});

test.run();
