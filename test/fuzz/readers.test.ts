/** A few damaged files for every reader; `npm run fuzz` reads as many as one likes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets.ts';

const test = suite('damaged files');
const COUNT = 150;

for (const target of TARGETS) {
  test(`${target.name}: whole files are read`, async () => {
    for (const { name, bytes } of await target.files()) assert.equal(await target.read(bytes.slice(), name), [], name);
  });

  test(`${target.name}: damaged ones are read or refused in one line`, async () => {
    assert.equal(await fuzz(target, { seed: 1, count: COUNT }), []);
  });
}

test.run();
