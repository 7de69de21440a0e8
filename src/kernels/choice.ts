import type { Gpu } from '../gpu/index.ts';

/** Ways to compute an operation, all with the same bits: the built-in choice among them, and what tuning puts in its place. */
export interface Choice<Way, Problem> {
  /** Name under which a tuning keeps it. */
  operation: string;
  /** The ways that work on an adapter, by name. */
  ways(gpu: Gpu): Readonly<Record<string, Way>>;
  /** Names of those worth measuring there. */
  candidates(gpu: Gpu): readonly string[];
  /** The class of shapes whose problems the same way suits. */
  shapes(problem: Problem): string;
  /** Name of the built-in choice. */
  usual(gpu: Gpu, problem: Problem): string;
}

/** The way for a problem: the one that tuning found, where it is there, else the built-in choice. */
export function choose<Way, Problem>(gpu: Gpu, choice: Choice<Way, Problem>, problem: Problem): Way {
  const { operation } = choice;
  const ways = choice.ways(gpu);
  const usual = choice.usual(gpu, problem);
  const tuned = gpu.tuning.choose({ operation, shapes: choice.shapes(problem), ways: choice.candidates(gpu), usual });
  const way = ways[tuned] ?? ways[usual];
  if (!way) throw new Error(`${operation}: there is no way "${usual}" on ${gpu.info.name}`);
  return way;
}

/** Sizes to the next power of two, which is as finely as choices tell shapes apart. */
export function sizeClasses(sizes: Readonly<Record<string, number>>): string {
  return Object.entries(sizes)
    .map(([name, size]) => `${name}${2 ** Math.ceil(Math.log2(Math.max(1, size)))}`)
    .join(' ');
}
