/** Bytes as TensorFlow's formats (TFRecord, Event, Summary) lay them out, put together by hand in another language. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { firstEvent, scalarEvent } from '../../src/train/events.ts';

const test = suite('events');
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

test('the first record names the version', () => {
  assert.is(
    hex(firstEvent(1700000000.5)),
    '1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110',
  );
});

test('a record of numbers: time, step, tag and value, each under its checksum', () => {
  assert.is(
    hex(scalarEvent(1700000000.5, 300, { 'train/loss': 0.25 })),
    '2100000000000000017becf60900002040fc54d94110ac022a130a110a0a747261696e2f6c6f7373150000803e0da12f0e',
  );
});

test.run();
