import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bounds, inOrder, mostHeld } from '../../src/util/in-order.ts';

const test = suite('util/in order');
const ITEMS = Array.from({ length: 60 }, (_, i) => i);
const bytesOf = (item: number) => 10 + ((item * 7) % 13);

/** Ends after a few turns of the event loop, later items often sooner. */
async function turns(item: number): Promise<void> {
  for (let k = (item * 5) % 11; k > 0; k--) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** The most items and bytes that were under way or held at once. */
async function run(bounds: Bounds<number>): Promise<{ most: number; bytes: number; order: number[] }> {
  const seen = { most: 0, bytes: 0, order: [] as number[] };
  const held = new Set<number>();
  const start = async (item: number) => {
    held.add(item);
    seen.most = Math.max(seen.most, held.size);
    seen.bytes = Math.max(
      seen.bytes,
      [...held].reduce((sum, each) => sum + bytesOf(each), 0),
    );
    await turns(item);
    return item;
  };
  for await (const item of inOrder(ITEMS, start, bounds)) {
    await turns(item + 3);
    seen.order.push(item);
    held.delete(item);
  }
  return seen;
}

test('results come in the order of the items, however many are under way', async () => {
  for (const most of [0, 1, 2, 5, 100]) assert.equal((await run({ most })).order, ITEMS);
});

test('no more are held at once than allowed, and as many', async () => {
  for (const most of [1, 2, 5]) {
    const bounds = { most, bytesOf };
    const seen = await run(bounds);
    assert.is(seen.most, most);
    assert.is(seen.bytes, mostHeld(ITEMS, bounds));
  }
});

test('no more bytes are held than allowed; an item beyond the limit is worked on alone', async () => {
  const tight = { most: 8, bytes: 50, bytesOf };
  const seen = await run(tight);
  assert.ok(seen.bytes <= 50 && seen.bytes <= mostHeld(ITEMS, tight), `${seen.bytes}`);
  assert.ok(seen.most > 1);
  const alone = { most: 8, bytes: 5, bytesOf };
  assert.is((await run(alone)).most, 1);
  assert.is(mostHeld(ITEMS, alone), Math.max(...ITEMS.map(bytesOf)));
});

test('what is thrown comes when its turn has come', async () => {
  const order: number[] = [];
  const start = async (item: number) => {
    if (item === 2) throw new Error('two');
    return item;
  };
  try {
    for await (const item of inOrder(ITEMS, start, { most: 6 })) {
      await turns(3);
      order.push(item);
    }
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'two');
  }
  assert.equal(order, [0, 1]);
});

test.run();
