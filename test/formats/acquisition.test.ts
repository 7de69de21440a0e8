import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contrastGiven, scannerName } from '../../src/formats/dicom/acquisition.ts';

const test = suite('acquisition');

test('a scanner is called by manufacturer and model', () => {
  assert.is(
    scannerName({ manufacturer: ' GE  MEDICAL SYSTEMS', model: 'LightSpeed16\0' }),
    'GE MEDICAL SYSTEMS LightSpeed16',
  );
  assert.is(scannerName({ manufacturer: '', model: 'Sensation 64' }), 'Sensation 64');
  assert.is(scannerName({ manufacturer: '', model: ' ' }), '');
  assert.is(scannerName({ manufacturer: 'x'.repeat(100), model: 'y' }).length, 64);
});

test('contrast agent: named, denied, or not spoken of', () => {
  for (const agent of ['OMNI 350', 'NON-IONIC', 'Ultravist', 'APPLIED']) assert.is(contrastGiven(agent), true, agent);
  for (const agent of ['NONE', 'no contrast', 'without', '0', 'Native']) assert.is(contrastGiven(agent), false, agent);
  for (const agent of ['', '  ']) assert.is(contrastGiven(agent), null, agent);
});

test.run();
