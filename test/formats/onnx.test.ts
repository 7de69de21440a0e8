import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeOnnx } from '../../src/formats/onnx/model.ts';
import { Message } from '../../src/formats/onnx/protobuf.ts';

const test = suite('formats/onnx');
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

test('fields as the encoding of protocol buffers defines them', () => {
  assert.is(hex(new Message().integer(1, 150).toBytes()), '08 96 01');
  assert.is(hex(new Message().text(2, 'testing').toBytes()), '12 07 74 65 73 74 69 6e 67');
  assert.is(hex(new Message().integer(1, -1).toBytes()), '08 ff ff ff ff ff ff ff ff ff 01');
  assert.is(hex(new Message().float(5, 1.5).toBytes()), '2d 00 00 c0 3f');
  assert.is(hex(new Message().integers(6, [3, 270, 86942]).toBytes()), '32 06 03 8e 02 9e a7 05');
  const inner = new Message().integer(1, 150);
  assert.is(hex(new Message().message(3, inner).toBytes()), '1a 03 08 96 01');
  assert.is(hex(new Message().integer(16, 2 ** 40).toBytes()), '80 01 80 80 80 80 80 20');
});

test('a model of one operator, byte for byte', () => {
  const model = encodeOnnx({
    name: 'g',
    producer: { name: 'p', version: 'v' },
    inputs: [{ name: 'x', shape: ['n', 2] }],
    outputs: [{ name: 'y', shape: ['n', 2] }],
    nodes: [{ operator: 'Add', inputs: ['x', 'c'], outputs: ['y'] }],
    constants: [{ name: 'c', shape: [1], data: Float32Array.of(2) }],
  });
  const node = '0a 15 0a 01 78 0a 01 63 12 01 79 1a 05 41 64 64 5f 30 22 03 41 64 64';
  const constant = '2a 0e 0a 01 01 10 01 42 01 63 4a 04 00 00 00 40';
  const value = (field: string, name: string) =>
    `${field} 14 0a 01 ${name} 12 0f 0a 0d 08 01 12 09 0a 03 12 01 6e 0a 02 08 02`;
  const graph = `${node} 12 01 67 ${constant} ${value('5a', '78')} ${value('62', '79')}`;
  const size = (graph.split(' ').length as number).toString(16);
  assert.is(hex(model), `08 08 12 01 70 1a 01 76 3a ${size} ${graph} 42 02 10 11`);
});

test.run();
