import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Need, type Place, placement } from '../../src/gpu/placement.ts';
import { randomStream } from '../../src/util/random.ts';

const test = suite('places of recorded memory');

const need = (size: number, first: number, last: number): Need & { apart: Set<Need> } => ({
  size,
  first,
  last,
  apart: new Set(),
});

function total(places: ReadonlyMap<Need, Place>): number {
  return [...new Set([...places.values()].map(({ block }) => block))].reduce((sum, { size }) => sum + size, 0);
}

/** Most bytes needed at once. */
function bound(needs: readonly Need[]): number {
  return Math.max(
    ...needs.map(({ first: at }) =>
      needs.reduce((sum, { size, first, last }) => sum + (first <= at && at <= last ? size : 0), 0),
    ),
  );
}

function assertSound(needs: readonly Need[], places: ReadonlyMap<Need, Place>): void {
  for (const one of needs) {
    const a = places.get(one) as Place;
    assert.ok(a.offset >= 0 && a.offset + one.size <= a.block.size, 'it lies within its block');
    for (const other of needs) {
      const b = places.get(other) as Place;
      if (one === other || a.block !== b.block) continue;
      assert.not.ok(one.apart.has(other), 'what must be apart is');
      const together = one.first <= other.last && other.first <= one.last;
      const overlap = a.offset < b.offset + other.size && b.offset < a.offset + one.size;
      assert.not.ok(together && overlap, 'nothing is in the place of something that is needed');
    }
  }
}

test('needs at different times share memory, and small ones divide a large block', () => {
  const [large, before, left, right] = [need(1024, 3, 5), need(512, 0, 2), need(512, 6, 9), need(512, 7, 8)];
  const needs = [before, left, large, right];
  const places = placement(needs, true);
  assertSound(needs, places);
  assert.is(total(places), 1024);
  left.apart.add(right);
  right.apart.add(left);
  assertSound(needs, placement(needs, true));
  assert.is(total(placement(needs, true)), 1536);
  assert.is(total(placement(needs, false)), 1536);
});

test('a step of random needs fits into little more than it needs at once', () => {
  const random = randomStream(3, 'placement');
  const whole = (most: number) => Math.floor(random.uniform(0, most));
  for (const divisible of [true, false]) {
    const needs = Array.from({ length: 300 }, () => {
      const first = whole(1000);
      return need(256 * (1 + whole(64)), first, first + whole(60));
    });
    for (const one of needs) {
      const other = needs[whole(300)] as (typeof needs)[number];
      if (one === other) continue;
      one.apart.add(other);
      other.apart.add(one);
    }
    const places = placement(needs, divisible);
    assertSound(needs, places);
    assert.ok(total(places) < 1.35 * bound(needs), `${total(places)} bytes, ${bound(needs)} needed at once`);
  }
});

test.run();
