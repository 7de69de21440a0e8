import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { interceptPolling, pollFor } from '../../src/gpu/polling.node.ts';

const test = suite('gpu.polling');

const shared = globalThis as { [key: symbol]: { calm: boolean } | undefined };

/** What `setImmediate` makes of a native function, as Dawn's are: a timer or an immediate. */
async function scheduled(): Promise<string> {
  let handle: object = {};
  await new Promise<void>((resolve) => {
    handle = setImmediate(resolve.bind(null));
  });
  return handle.constructor.name;
}

test('Dawn is polled by a timer where the processor computes, and at once when a GPU has been opened', async () => {
  interceptPolling();
  const polling = shared[Symbol.for('agelens.polling')];
  assert.ok(polling);
  const before = polling.calm;
  try {
    polling.calm = true;
    for (const kind of ['lavapipe', 'swiftshader'] as const) {
      pollFor(kind);
      assert.is(await scheduled(), 'Timeout', kind);
    }
    pollFor('hardware');
    assert.is(await scheduled(), 'Immediate');
    pollFor('lavapipe');
    assert.is(await scheduled(), 'Immediate', 'a GPU is still open');
  } finally {
    polling.calm = before;
  }
});

test('other immediates stay as they are', async () => {
  interceptPolling();
  let handle: object = {};
  await new Promise<void>((resolve) => {
    handle = setImmediate(() => resolve());
  });
  assert.is(handle.constructor.name, 'Immediate');
});

test.run();
