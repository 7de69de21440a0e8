/** Pickles put together by hand: what is read, and what is refused by name and place without ever being run. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readWeights } from '../../src/formats/weights.ts';
import {
  bytesOf,
  dict,
  dictPickle,
  int,
  makePyTorch,
  makeStream,
  tensor,
  text,
  tuple,
  uint16,
  uint32,
} from './make-weights.ts';

const test = suite('formats/pytorch');
type Bytes = Uint8Array<ArrayBuffer>;

const read = (file: Bytes) => readWeights(file, 'w.pth');
const readDict = (entries: Parameters<typeof dictPickle>[0]) => read(makePyTorch(dictPickle(entries)));
const values = (file: Bytes, name = 'a') => [...(read(file).tensors.get(name)?.data ?? [])];

/** The one line with which a file is refused. */
function refusal(file: Bytes): string {
  try {
    read(file);
  } catch (error) {
    assert.is((error as Error).name, 'RefusedError', (error as Error).stack);
    const { message } = error as Error;
    assert.match(message, /^w\.pth: [^\n]+$/);
    assert.ok(message.length < 500, message);
    return message;
  }
  return assert.unreachable('the file was read') as never;
}

const refusalOf = (entries: Parameters<typeof dictPickle>[0]) => refusal(makePyTorch(dictPickle(entries)));
const SYSTEM = 'cos\nsystem\n(X\u0004\0\0\0echotR';

test('tensors laid in their storage by offset, shape and strides', () => {
  assert.equal(values(makePyTorch(dictPickle({ a: tensor() }))), [1, 2, 3, 4, 5, 6]);
  const transposed = tensor({ shape: [3, 2], strides: [1, 3] });
  assert.equal(values(makePyTorch(dictPickle({ a: transposed }))), [1, 4, 2, 5, 3, 6]);
  const expanded = tensor({ offset: 4, shape: [2, 2], strides: [0, 1] });
  assert.equal(values(makePyTorch(dictPickle({ a: expanded }))), [5, 6, 5, 6]);
  const scalar = tensor({ offset: 5, shape: [], strides: [] });
  assert.equal(values(makePyTorch(dictPickle({ a: scalar }))), [6]);
});

test('big-endian files are turned round', () => {
  const swapped = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
  for (let i = 0; i < 24; i += 4) swapped.subarray(i, i + 4).reverse();
  const file = makePyTorch(dictPickle({ a: tensor() }), {}, { byteorder: bytesOf('big'), 'data/0': swapped });
  assert.equal(values(file), [1, 2, 3, 4, 5, 6]);
  assert.match(
    refusal(makePyTorch(dictPickle({ a: tensor() }), {}, { byteorder: bytesOf('middle'), 'data/0': swapped })),
    /its byte order is "middle"/,
  );
});

test('data types that storages have no class for', () => {
  const storage = bytesOf(
    tuple(text('storage'), 'ctorch.storage\nUntypedStorage\n', text('0'), text('cpu'), int(24)),
    'Q',
  );
  const make = (dtype: string) =>
    bytesOf(
      'ctorch._utils\n_rebuild_tensor_v3\n',
      tuple(storage, int(1), tuple(int(3)), tuple(int(1)), '\x89', 'N', `ctorch\n${dtype}\n`, '}'),
      'R',
    );
  const data = bytesOf(uint16(7, 1, 65535, 3), uint32(0, 0, 0, 0));
  const file = (dtype: string) => makePyTorch(dictPickle({ a: make(dtype) }), {}, { 'data/0': data });
  assert.equal(values(file('uint16')), [1, 65535, 3]);
  assert.is(read(file('uint16')).tensors.get('a')?.dtype, 'U16');
  assert.match(refusal(file('float8_e4m3fn')), /tensor "a" is float8_e4m3fn, which is not read as weights/);
  assert.match(
    refusal(makePyTorch(dictPickle({ a: tensor({ type: 'ComplexFloatStorage', elements: 3 }) }))),
    /is complex64/,
  );
});

test('parameters with attributes', () => {
  const withState = bytesOf('ctorch._utils\n_rebuild_parameter_with_state\n', tuple(tensor(), '\x88', 'N', '}'), 'R');
  assert.equal(values(makePyTorch(dictPickle({ a: withState }))), [1, 2, 3, 4, 5, 6]);
  const fromType = bytesOf(
    'ctorch._tensor\n_rebuild_from_type_v2\n',
    tuple('ctorch._utils\n_rebuild_parameter\n', 'ctorch\nTensor\n', tuple(tensor(), '\x88', 'N'), '}'),
    'R',
  );
  assert.equal(values(makePyTorch(dictPickle({ a: fromType }))), [1, 2, 3, 4, 5, 6]);
});

test('the state dict is found where training programs keep it', () => {
  const state = dict({ w: tensor() });
  const keys = (entries: Parameters<typeof dictPickle>[0]) => [...readDict(entries).tensors.keys()];
  assert.equal(keys({ w: tensor() }), ['w']);
  assert.equal(keys({ state_dict: state }), ['w']);
  assert.equal(keys({ model: dict({ state_dict: state }), mean: tensor() }), ['w']);
  assert.equal(keys({ mine: state, epoch: int(3) }), ['w']);
  assert.equal(readDict({ mine: state, epoch: int(3) }).notes, ['the weights are its "mine"; not read: "epoch"']);
  assert.equal(readDict({ w: tensor(), extra: int(3), words: text('a') }).notes, [
    'left out, not being tensors: "extra" (a number), "words" (text)',
  ]);
  assert.match(refusalOf({ a: state, b: state }), /2 parts could be its weights: "a", "b"/);
  assert.match(refusalOf({ epoch: int(3) }), /it holds no tensors by name; its entries: "epoch"/);
  assert.match(refusal(makePyTorch(bytesOf('\x80\x02', tensor(), '.'))), /it holds a tensor, not a state dict/);
});

test('a dict that holds itself ends', () => {
  const pickle = bytesOf('\x80\x02}q\x00', text('model'), 'h\x00s.');
  assert.match(refusal(makePyTorch(pickle)), /holds no tensors by name/);
});

for (const [what, operations, name] of [
  ['os.system', SYSTEM, 'os.system'],
  ['posix.system', 'cposix\nsystem\n(tR', 'posix.system'],
  ['eval', 'cbuiltins\neval\n(tR', 'builtins.eval'],
  ["Python 2's exec", 'c__builtin__\nexecfile\n(tR', '__builtin__.execfile'],
  ['a name from the stack', '\x8c\x02os\x8c\x06system\x93)R', 'os.system'],
  ['an instance by name', '(ios\nsystem\n', 'os.system'],
  ['an instance from the stack', '(csubprocess\nPopen\no', 'subprocess.Popen'],
  ['a further pickle', 'cpickle\nloads\n(tR', 'pickle.loads'],
  ['a new object', 'csocket\nsocket\n)\x81', 'socket.socket'],
] as const) {
  test(`attacks are refused wherever they stand: ${what}`, () => {
    const pattern = new RegExp(`byte \\d+.*: the file asks to run ${name}; it was not run`);
    assert.match(refusalOf({ w: operations }), pattern);
    assert.match(refusalOf({ state_dict: dict({ w: tensor() }), hyper_parameters: operations }), pattern);
    assert.match(refusal(makePyTorch(bytesOf('\x80\x02', operations, '.'))), pattern);
    assert.match(refusal(makePyTorch(bytesOf('\x80\x04', operations, '0', dict({ w: tensor() }), '.'))), pattern);
    assert.match(refusal(makeStream(dictPickle({ w: operations }))), pattern);
    assert.match(refusal(bytesOf(operations, '.')), pattern);
  });
}

test('the byte that is named is where the name stands', () => {
  const pickle = dictPickle({ state_dict: dict({ w: tensor() }), more: SYSTEM });
  const at = new TextDecoder('latin1').decode(pickle).indexOf('cos\nsystem');
  assert.match(refusal(makePyTorch(pickle)), new RegExp(`^w\\.pth: byte ${at} of archive/data\\.pkl: `));
  assert.match(refusal(bytesOf('cos\nsystem\n(tR.')), /byte 0: the file asks to run os\.system/);
});

const STRANGER = 'cproject.model\nSettings\n)R';

test('unknown classes are kept closed beside the weights, refused in them and where nothing holds them', () => {
  const state = dict({ w: tensor() });
  const closed = readDict({ state_dict: state, settings: bytesOf(STRANGER, '}', text('a'), int(1), 'sb') });
  assert.equal([...closed.tensors.keys()], ['w']);
  assert.match(closed.notes[1] ?? '', /^"settings" was kept closed: it holds project\.model\.Settings \(byte \d+ of/);
  assert.match(
    refusalOf({ w: tensor(), v: STRANGER }),
    /byte \d+ of archive\/data\.pkl: the weights need project\.model\.Settings/,
  );
  assert.match(refusalOf({ w: tensor(), v: bytesOf(']', STRANGER, 'a') }), /the weights need project\.model\.Settings/);
  const stray = bytesOf('\x80\x02', STRANGER, '0', state, '.');
  assert.match(
    refusal(makePyTorch(stray)),
    /byte 2 .*names project\.model\.Settings in a place that belongs to nothing/,
  );
  assert.match(
    refusalOf({ state_dict: state, model: bytesOf(STRANGER, tensor(), 'b'), w: bytesOf(STRANGER, '0', int(1)) }),
    /belongs to nothing/,
  );
});

test('an attack by numbers: closed objects take whatever is put into them', () => {
  const greedy = bytesOf(STRANGER, '(', int(1), int(2), 'e', '(', text('a'), int(2), 'u', ')R', ')\x81', '}b');
  assert.equal([...readDict({ state_dict: dict({ w: tensor() }), x: greedy }).tensors.keys()], ['w']);
});

for (const [what, changes, cause] of [
  ['beyond its storage', { offset: 1 }, /needs bytes 4 to 28 of a storage of 24/],
  ['strides beyond its storage', { strides: [4, 1] }, /strides \[4, 1\] needs bytes 0 to 28 of a storage of 24/],
  ['a negative size', { shape: [-2, 3] }, /a tensor's size is -2/],
  ['a negative offset', { offset: -1 }, /a tensor's offset is -1/],
  ['a negative stride', { strides: [-3, 1] }, /a tensor's stride is -3/],
  ['as many strides as sizes', { strides: [1] }, /2 dimensions with 1 strides/],
  [
    'huge',
    { shape: [2 ** 31 - 1, 2 ** 31 - 1], strides: [1, 1] },
    /needs bytes 0 to 1\.7\d+e\+10|needs bytes 0 to 17179869172/,
  ],
  [
    'expanded',
    { shape: [2 ** 31 - 1, 2 ** 31 - 1], strides: [0, 0] },
    /laying out tensor "w" would take 1844\d+ bytes/,
  ],
  ['without its storage', { key: '7' }, /storage "7" has no entry "archive\/data\/7"/],
  [
    'of a storage larger than the file',
    { elements: 2 ** 31 - 1 },
    /storage "0" is 8589934588 bytes by byte \d+ of .*, 24 by entry/,
  ],
  ['of a storage shorter than its entry', { elements: 5 }, /storage "0" is 20 bytes/],
  ['of an unknown storage', { type: 'ThingStorage' }, /a storage of type torch\.ThingStorage/],
] as const) {
  test(`tensors that lie are refused: ${what}`, () => {
    assert.match(refusalOf({ w: tensor(changes as Parameters<typeof tensor>[0]) }), cause);
  });
}

test('references and storages that contradict each other are refused', () => {
  const twice = { w: tensor(), v: tensor({ type: 'IntStorage' }) };
  assert.match(refusalOf(twice), /storage "0" is torch\.IntStorage of 6, before it was torch\.FloatStorage of 6/);
  assert.match(refusalOf({ w: bytesOf(text('0'), 'Q') }), /a reference by text/);
  assert.match(refusalOf({ w: bytesOf(tuple(text('module'), 'N'), 'Q') }), /a reference to "module"/);
  const meta = tuple(text('storage'), 'ctorch\nFloatStorage\n', text('0'), text('meta'), int(6));
  assert.match(refusalOf({ w: bytesOf(meta, 'Q') }), /the device "meta", which holds no values/);
});

for (const [what, pickle, cause] of [
  ['an unknown operation', '\x80\x02\xff', /byte 2 .*0xff is no operation/],
  ['a registered extension', '\x80\x02\x82\x01.', /0x82 is no operation/],
  ['an out-of-band buffer', '\x80\x05\x97.', /0x97 is no operation/],
  ['a protocol to come', '\x80\x06}.', /pickle protocol 6; 5 is the newest/],
  ['an empty stack', '\x80\x020.', /taken from an empty stack/],
  ['values below a mark', '\x80\x02N(a.', /taken from an empty stack/],
  ['no mark', '\x80\x02Nt.', /no mark on the stack/],
  ['a memo entry that is not there', '\x80\x02h\x05.', /memo entry 5 does not exist/],
  ['a call of text', '\x80\x02X\x01\0\0\0a)R.', /text is called, which is no function/],
  ['a state for a list', '\x80\x02]}b.', /a list is given a state/],
  ['values added to a number', '\x80\x02K\x01K\x01a.', /values are added to a number/],
  ['entries of a list', '\x80\x02]K\x01K\x01s.', /a list is given entries/],
  ['an odd number of entries', '\x80\x02}(K\x01u.', /1 values are no pairs/],
  ['a list as a key', '\x80\x02}]K\x01s.', /a list is the key/],
  ['a key twice', '\x80\x02}(X\x01\0\0\0aNX\x01\0\0\0aNu.', /the key "a" twice/],
  ['values left over', '\x80\x02}}.', /ends with 1 values/],
  ['a mark left over', '\x80\x02(}.', /taken from an empty stack|ends with 1 values/],
  ['bytes after the end', '\x80\x02}.}', /1 bytes after the end of the pickle/],
  [
    'text of a forged length',
    '\x80\x02X\xff\xff\xff\xffa.',
    /truncated: 4294967295 bytes are announced here, 2 are left/,
  ],
  [
    'bytes of a forged length',
    '\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xffa.',
    /truncated: 18446744073709552000 bytes/,
  ],
  ['a forged frame', '\x80\x04\x95\xff\0\0\0\0\0\0\0}.', /a frame of 255 bytes/],
  ['a huge integer', `\x80\x02\x8b\xe8\x03\0\0${'a'.repeat(1000)}.`, /an integer of 1000 bytes/],
  ['text that is no UTF-8', '\x80\x02X\x01\0\0\0\xff.', /text that is not UTF-8/],
  ['a number that is none', 'Iabc\n.', /a line that is no integer/],
  ['a float that is none', 'Fabc\n.', /a line that is no number/],
  ['text without quotes', 'Sabc\n.', /no quoted text/],
  ['a line without end', 'cabc', /no end of line/],
  ['a global named by numbers', '\x80\x04K\x01K\x01\x93.', /a global is named by a number/],
  [
    'a tensor without a storage',
    '\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.',
    /a tensor on None instead of a storage/,
  ],
  ['keywords of a function', '\x80\x04ctorch\nSize\n)}(NNu\x92.', /called with a tuple and keywords/],
] as const) {
  test(`pickles that are none are refused: ${what}`, () => {
    assert.match(refusal(makePyTorch(bytesOf(pickle))), cause);
  });
}

test('numbers and text of every protocol are read', () => {
  // Each would be refused, with all that comes after it, if it were not read to its last byte.
  const numbers = ['I-12\n', 'I01\n', 'L123456789012345678901234567890L\n', 'F1.5e-3\n', 'G\x3f\xf0\0\0\0\0\0\0'];
  const more = [
    '\x8a\x01\xff',
    '\x8b\x02\0\0\0\x01\x02',
    "S'a\\x41\\n\\''\n",
    'V\\u0041b\n',
    'U\x02ab',
    'T\x01\0\0\0\xff',
  ];
  const bytes = [
    'C\x01a',
    'B\x01\0\0\0a',
    '\x8c\x01a',
    '\x8d\x01\0\0\0\0\0\0\0a',
    '\x8e\x01\0\0\0\0\0\0\0a',
    '\x96\x01\0\0\0\0\0\0\0a',
  ];
  const containers = [
    '(lp5\n',
    'g5\n',
    '(dr\x06\0\0\0',
    'j\x06\0\0\0',
    '\x8f(K\x01\x90',
    '(K\x01\x91',
    '(K\x01K\x021',
    '2',
  ];
  const list = bytesOf(']p5\n0(', ...numbers, ...more, ...bytes, ...containers, 'l');
  const weights = readDict({ state_dict: dict({ w: tensor() }), list });
  assert.equal([...weights.tensors.keys()], ['w']);
});

test('limits: operations, memo entries, containers, depth', () => {
  const file = (...operations: (string | Uint8Array)[]) => makePyTorch(bytesOf('\x80\x04', ...operations, '.'));
  const many = (operation: number | string, count: number) =>
    new Uint8Array(count).fill(bytesOf(operation)[0] as number);
  assert.match(refusal(file(many('N', 2.5e6))), /byte 2000000 .*more than 2000000 operations/);
  assert.match(refusal(file(many(']', 1e6))), /byte 500002 .*more than 500000 lists, tuples and other objects/);
  assert.match(refusal(file('N', many(0x94, 1e6))), /more than 500000 memo entries/);
  const nested = file('}', text('model'), many(']', 4e5), many('a', 4e5 - 1), 's');
  assert.match(refusal(nested), /holds no tensors by name/);
  assert.match(
    refusalOf({ w: tensor(), x: bytesOf(STRANGER, many(0x85, 4e5)) }),
    /the weights need project\.model\.Settings/,
  );
  // Each list holds the one before twice: 2¹⁰⁰ values for who follows them all.
  const doubling = bytesOf(STRANGER, bytesOf(...Array.from({ length: 100 }, () => '2\x86')));
  assert.match(refusalOf({ w: tensor(), x: doubling }), /the weights need project\.model\.Settings/);
});

test('many tensors of one storage take no memory beyond what is allowed', () => {
  const transposed = tensor({ elements: 2 ** 20, shape: [2 ** 10, 2 ** 10], strides: [1, 2 ** 10] });
  const entries = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`w${i}`, transposed]));
  const file = makePyTorch(dictPickle(entries), {}, { 'data/0': new Uint8Array(2 ** 22) });
  assert.match(
    refusal(file),
    /laying out tensor "w\d+" would take 4194304 bytes \(\d+ in all\); a file of \d+ bytes is given \d+/,
  );
});

test('the layout before 1.6: storages that do not fit are refused', () => {
  const pickle = dictPickle({ a: tensor() });
  const data = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
  const keys = bytesOf('\x80\x02](', text('0'), 'e.');
  const file = (...storages: (string | Uint8Array)[]) => makeStream(pickle, bytesOf(...storages));
  assert.equal(values(file(keys, uint32(6, 0), data)), [1, 2, 3, 4, 5, 6]);
  assert.match(refusal(file(keys, uint32(7, 0), data)), /storage "0" has 7 elements here, its tensors expect 6/);
  assert.match(
    refusal(file(keys, uint32(6, 0), data.subarray(1))),
    /truncated: storage "0" takes 24 bytes, 23 are left/,
  );
  assert.match(refusal(file(keys, uint32(6, 0), data, 'x')), /1 bytes after the last storage/);
  assert.match(refusal(file('\x80\x02].')), /storage "0" is not among the file's 0/);
  const both = bytesOf('\x80\x02](', text('0'), text('1'), 'e.');
  assert.match(refusal(file(both, uint32(6, 0), data)), /storage "1" belongs to no tensor/);
  const twice = bytesOf('\x80\x02](', text('0'), text('0'), 'e.');
  assert.match(refusal(file(twice, uint32(6, 0), data, uint32(6, 0), data)), /storage "0" is there twice/);
  assert.match(refusal(bytesOf('\x80\x02}.')), /a Python pickle, but none that torch\.save has written/);
  assert.match(refusal(file('\x80\x02cproject\nThing\n.')), /project\.Thing where only numbers and text can be/);
});

test('the layout before 1.6: views of storages', () => {
  const id = tuple(
    text('storage'),
    'ctorch\nFloatStorage\n',
    text('0'),
    text('cpu'),
    int(6),
    tuple(text('1'), int(2), int(3)),
  );
  const view = (shape: number) =>
    bytesOf('ctorch._utils\n_rebuild_tensor\n', tuple(bytesOf(id, 'Q'), int(1), tuple(int(shape)), tuple(int(1))), 'R');
  const storages = bytesOf(
    '\x80\x02](',
    text('0'),
    'e.',
    uint32(6, 0),
    new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
  );
  assert.equal(values(makeStream(dictPickle({ a: view(2) }), storages)), [4, 5]);
  assert.match(refusal(makeStream(dictPickle({ a: view(3) }), storages)), /needs bytes 4 to 16 of a storage of 12/);
});

test('a file without checksums is read, and says so', () => {
  const { tensors, notes } = read(makePyTorch(dictPickle({ a: tensor() }), { forge: { crc: 0 } }));
  assert.is(tensors.size, 1);
  assert.equal(notes, ['its writer left out all checksums, so damage cannot be seen']);
});

test('TorchScript is refused', () => {
  const pickle = dictPickle({ a: tensor() });
  const data = new Uint8Array(24);
  assert.match(refusal(makePyTorch(pickle, {}, { 'data/0': data, 'constants.pkl': pickle })), /a TorchScript program/);
});

test.run();
