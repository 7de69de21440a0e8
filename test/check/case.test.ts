import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CaseFile, readCase, type Values } from '../../src/check/case.ts';
import { formulaValues } from '../../src/check/formula.ts';
import { Params } from '../../src/check/params.ts';
import { inputNames } from '../../src/check/task.ts';

const test = suite('case');

const scalar: Values = { shape: [1], data: Float32Array.of(2) };
const file = (names: string[], metadata: Record<string, string> = {}): CaseFile => ({
  metadata: { op: 'relu', ...metadata },
  tensors: new Map(names.map((name) => [name, scalar])),
});
const fails = (content: CaseFile, reason: RegExp) =>
  assert.throws(
    () => readCase(content),
    (error: Error) => reason.test(error.message),
  );

test('tensors are sorted by their roles', () => {
  const names = [
    'in.x',
    'param.fc.weight',
    'buffer.bn.running_mean',
    'grad.out.y',
    'out.y',
    'grad.in.x',
    'grad.param.fc.weight',
  ];
  const { inputs, parameters, outputGradients, expected } = readCase(file(names));
  assert.equal([...inputs.keys()], ['x']);
  assert.equal([...parameters.keys()], ['fc.weight', 'bn.running_mean']);
  assert.equal([...outputGradients.keys()], ['y']);
  assert.equal([...expected.keys()], ['out.y', 'grad.in.x', 'grad.param.fc.weight']);
});

test('parameters may be numbers that Python writes and JSON does not know', () => {
  const { params } = readCase(file(['out.y'], { params: '{"value": -Infinity, "cval": NaN, "mode": "Infinity"}' }));
  assert.is(params.number('value'), Number.NEGATIVE_INFINITY);
  assert.ok(Number.isNaN(params.number('cval')));
  assert.is(params.choice('mode', ['Infinity', 'none'], 'none'), 'Infinity');
});

test('a file that says too little or something unknown is refused', () => {
  fails({ metadata: {}, tensors: new Map() }, /no "op"/);
  fails(file(['in.x']), /nothing is expected/);
  fails(file(['in.x', 'grad.in.x']), /no "grad.out/);
  fails(file(['in.x', 'out.y', 'weights']), /"weights" has no role/);
  fails(file(['in.x', 'sample.out.y']), /without "norm.out.y"/);
  fails(file(['out.y'], { params: '[1]' }), /not a JSON object/);
  fails(file(['out.y'], { params: '{' }), /not JSON/);
  fails(file(['out.y'], { params: '{"a": Infinit}' }), /not JSON/);
  fails(file(['out.y'], { rtol: 'small' }), /rtol is "small"/);
  fails(file(['out.y'], { atol: '-1' }), /atol is "-1"/);
  fails(file(['out.y'], { exact: 'yes' }), /exact is "yes"/);
});

test('tolerances have the format’s defaults', () => {
  const { tolerance } = readCase(file(['out.y'], { rtol: '0.5', exact: 'true' }));
  assert.equal([tolerance.rtol, tolerance.atol, tolerance.gradRtol, tolerance.gradAtol], [0.5, 1e-5, 1e-3, 1e-4]);
  assert.equal([tolerance.exact, tolerance.minAgreement], [true, 1]);
});

test('parameters are read by name, with defaults, and what nobody read is found', () => {
  const params = new Params({ stride: 2, padding: [1, 3], mode: 'constant', ceil_mode: false, groups: null, extra: 1 });
  assert.equal(params.pair('stride', 1), [2, 2]);
  assert.equal(params.pair('padding', 0), [1, 3]);
  assert.is(params.number('groups', 1), 1);
  assert.throws(() => params.number('mode'), /"mode" is "constant", not a number/);
  assert.throws(() => params.number('momentum'), /lack "momentum"/);
  assert.equal(params.unread(), ['extra']);
});

test('nested parameters count too, and a text stands for the name alone', () => {
  const params = new Params({ optimizer: { name: 'adamw', lr: 0.1, amsgrad: true }, model: 'resnet18' });
  assert.is(params.nested('optimizer').text('name'), 'adamw');
  assert.is(params.nested('optimizer', 'name').number('lr'), 0.1);
  assert.is(params.nested('model', 'name').text('name'), 'resnet18');
  assert.equal(params.unread(), ['optimizer.amsgrad']);
  assert.throws(() => params.nested('model'), /not an object/);
});

test('inputs are found by the reference’s names, or by order for one or two operands', () => {
  const names = (...present: string[]) => new Map(present.map((name) => [name, scalar]));
  assert.equal(inputNames(names('bias', 'x', 'weight'), ['x', 'weight', 'bias?']), ['x', 'weight', 'bias']);
  assert.equal(inputNames(names('input', 'weight'), ['x', 'weight', 'bias?']), ['input', 'weight', null]);
  assert.equal(inputNames(names('image'), ['x']), ['image']);
  assert.equal(inputNames(names('b', 'a'), ['input', 'other']), ['a', 'b']);
  assert.equal(inputNames(names('a'), ['input', 'other?']), ['a', null]);
  assert.equal(inputNames(names('image', 'footprint'), ['x', 'footprint?']), ['image', 'footprint']);
  assert.throws(() => inputNames(names('x', 'filter'), ['x', 'weight', 'bias?']), /no tensor "in.weight"/);
  assert.throws(() => inputNames(names('x', 'weight', 'scale'), ['x', 'weight', 'bias?']), /unknown "in.scale"/);
});

test('the formula gives the reference scripts’ bits', () => {
  // From test/reference/philox.py.
  const bits = (name: string, shape: number[]) => [...new Uint32Array(formulaValues(name, shape, 7).buffer)].slice(-3);
  assert.equal(bits('conv1.weight', [64, 1, 7, 7]), [1023499239, 1019773442, 3154195323]);
  assert.equal(bits('bn1.weight', [5]), [1064233574, 1066995196, 1067240526]);
  assert.equal(bits('fc.bias', [6]), [1026120608, 1038237444, 3176748752]);
});

test.run();
