/** Every shipped reference case, in whichever host runs this file. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCaseFile } from '../../src/check/file.ts';
import { checkFile } from '../../src/check/run.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('reference cases');

const names: string[] = JSON.parse(new TextDecoder().decode(await readFixture('reference/cases/index.json')));

for (const name of names) {
  test(name, async () => {
    const file = `reference/cases/${name}.safetensors`;
    const result = await checkFile(await testGpu(), file, async () =>
      readCaseFile(new Uint8Array(await readFixture(file)), file),
    );
    assert.ok(result.pass, result.reason);
  });
}

test.run();
