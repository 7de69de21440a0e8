/** Memory that is needed for a while, on a clock that counts commands. */
export interface Need {
  /** Bytes. */
  size: number;
  /** The first and the last command that touch it. */
  first: number;
  last: number;
  /** Needs that must not lie in the same block: a dispatch may not read and write the same buffer. */
  apart: ReadonlySet<Need>;
}

/** Where memory lies: in the block that is as large as the need `block`, from this byte on. */
export interface Place {
  block: Need;
  offset: number;
}

interface Tenant extends Place {
  need: Need;
}

/**
 * Finds blocks of memory, few and small, in which no two needs overlap in time and space. The greatest needs come first, each
 * into the smallest gap of the first block that has one ("greedy by size" of Pisarchyk and Lee, "Efficient memory
 * management for deep neural net inference", 2020, over several blocks). Where blocks cannot be divided, as textures
 * cannot, a block has one tenant at a time.
 */
export function placement(needs: readonly Need[], divisible: boolean): Map<Need, Place> {
  const places = new Map<Need, Place>();
  const blocks: { block: Need; tenants: Tenant[] }[] = [];
  for (const need of [...needs].sort((a, b) => b.size - a.size)) {
    const place = firstPlace(need, blocks, divisible) ?? { block: need, offset: 0 };
    if (place.block === need) blocks.push({ block: need, tenants: [] });
    blocks.find(({ block }) => block === place.block)?.tenants.push({ need, ...place });
    places.set(need, place);
  }
  return places;
}

function firstPlace(
  need: Need,
  blocks: readonly { block: Need; tenants: readonly Tenant[] }[],
  divisible: boolean,
): Place | null {
  for (const { block, tenants } of blocks) {
    if (tenants.some((tenant) => need.apart.has(tenant.need))) continue;
    const present = tenants.filter((tenant) => overlap(need, tenant.need));
    const offset = divisible ? smallestGap(need.size, block.size, present) : present.length === 0 ? 0 : null;
    if (offset !== null) return { block, offset };
  }
  return null;
}

const overlap = (a: Need, b: Need): boolean => a.first <= b.last && b.first <= a.last;

/** Offset of the smallest gap between tenants that holds `size` bytes, or null. */
function smallestGap(size: number, blockSize: number, tenants: readonly Tenant[]): number | null {
  let [offset, smallest, end] = [null as number | null, Infinity, 0];
  const ends = tenants.map(({ need, offset: start }) => ({ start, end: start + need.size }));
  for (const next of [...ends.sort((a, b) => a.start - b.start), { start: blockSize, end: blockSize }]) {
    const gap = next.start - end;
    if (gap >= size && gap < smallest) [offset, smallest] = [end, gap];
    end = Math.max(end, next.end);
  }
  return offset;
}
