import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CaseFile, Values } from '../../src/check/case.ts';
import { describe, toJson } from '../../src/check/describe.ts';
import { readCaseFile } from '../../src/check/file.ts';
import { type CaseResult, checkFile } from '../../src/check/run.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('check');

const FILE = 'reference/cases/mul-row.safetensors';
const shipped = async (): Promise<CaseFile> => readCaseFile(new Uint8Array(await readFixture(FILE)), FILE);
const check = async (content: CaseFile): Promise<CaseResult> => checkFile(await testGpu(), FILE, () => content);

/** The case with one tensor changed in place or, where `change` gives null, left out. */
async function altered(name: string, change: (values: Values) => Values | null): Promise<CaseResult> {
  const { metadata, tensors } = await shipped();
  const changed = new Map(tensors);
  const values = change(tensors.get(name) as Values);
  if (values) changed.set(name, values);
  else changed.delete(name);
  return check({ metadata, tensors: changed });
}

const oneOff = ({ shape, data }: Values): Values => ({
  shape,
  data: data.map((value, i) => (i === 1 ? value + 1 : value)),
});

test('a case as the reference gave it holds', async () => {
  const result = await check(await shipped());
  assert.ok(result.pass, result.reason);
  assert.is(result.op, 'mul');
  assert.equal(result.tensors.map(({ tensor }) => tensor).sort(), ['grad.in.input', 'grad.in.other', 'out.y']);
});

for (const name of ['out.y', 'grad.in.input', 'grad.in.other']) {
  test(`one wrong element of ${name} fails the case`, async () => {
    const result = await altered(name, oneOff);
    assert.not(result.pass);
    assert.match(result.reason ?? '', new RegExp(`${name}: 1 of \\d+ elements are out of tolerance`));
    assert.is(result.absolute?.tensor, name);
    assert.is(result.absolute?.index.at(-1), 1);
  });
}

test('another shape or a missing input fails the case', async () => {
  assert.match((await altered('out.y', ({ data }) => ({ shape: [data.length], data }))).reason ?? '', /shape \[/);
  assert.match((await altered('in.other', () => null)).reason ?? '', /params lack "other"/);
  assert.match((await altered('grad.out.y', () => null)).reason ?? '', /no "grad.out/);
});

test('an unknown operation, parameter or output never counts as passed', async () => {
  const { metadata, tensors } = await shipped();
  const unknown = await check({ metadata: { ...metadata, op: 'toString' }, tensors });
  assert.match(unknown.reason ?? '', /unknown op "toString"/);
  const parameter = await check({ metadata: { ...metadata, params: '{"gamma": 2}' }, tensors });
  assert.match(parameter.reason ?? '', /"gamma"/);
  const output = await check({ metadata, tensors: new Map(tensors).set('out.z', tensors.get('out.y') as Values) });
  assert.match(output.reason ?? '', /"out\.[yz]" is expected/);
  for (const result of [unknown, parameter, output]) assert.not(result.pass);
});

test('a file that cannot be read fails with the reason', async () => {
  const bytes = new Uint8Array(await readFixture(FILE)).slice(0, -3);
  const result = await checkFile(await testGpu(), FILE, () => readCaseFile(bytes, FILE));
  assert.not(result.pass);
  assert.is(result.op, null);
  assert.match(result.reason ?? '', /truncated|data_offsets|bytes/);
});

test('results are told as lines and as one JSON object', async () => {
  const held = await check(await shipped());
  assert.match(describe(held), /^pass {2}reference\/cases\/mul-row.safetensors {2}mul {2}absolute .*, relative /);
  const failed = await altered('out.y', ({ shape, data }) => ({ shape, data: data.map(() => Number.NaN) }));
  assert.match(describe(failed), /^FAIL .*\n {6}out\.y: /);
  const object = JSON.parse(toJson(failed));
  assert.is(object.pass, false);
  assert.is(object.absolute.error, 'Infinity');
  assert.not.match(toJson(failed), /\n/);
});

test.run();
