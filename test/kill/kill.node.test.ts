import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../cli/run-cli.node.ts';
import { killTrials } from './kill.ts';

const test = suite('training killed at random moments');

test('whenever it is killed, --resume ends with the same bits; npm run kill-test tries many more moments', async () => {
  const settings = { seed: 1, count: 3, first: 0, folder: path.join(temporaryFolder(), 'kill') };
  for await (const { moments, problems } of killTrials(settings)) assert.equal(problems, [], moments.join(', then '));
});

test.run();
