import type { Gpu } from '../gpu/index.ts';

/** Ways to compute an operation, all with the same bits: the built-in choice among them, and what tuning puts in its place. */
export interface Choice<Way, Problem> {
  /** Name under which a tuning keeps it. */
  operation: string;
  /** The ways worth choosing from on an adapter, by name. */
  ways(gpu: Gpu): Readonly<Record<string, Way>>;
  /** The class of shapes whose problems the same way suits. */
  shapes(problem: Problem): string;
  /** Name of the built-in choice. */
  usual(gpu: Gpu, problem: Problem): string;
}

/** The way for a problem: the one that tuning found, where it is there, else the built-in choice. */
export function choose<Way, Problem>(gpu: Gpu, choice: Choice<Way, Problem>, problem: Problem): Way {
  const ways = choice.ways(gpu);
  const tuned = gpu.tuning.get(choice.operation, choice.shapes(problem));
  const way = (tuned !== undefined && ways[tuned]) || ways[choice.usual(gpu, problem)];
  if (!way) throw new Error(`${choice.operation}: there is no way "${choice.usual(gpu, problem)}" on ${gpu.info.name}`);
  return way;
}

/** Sizes to the next power of two, which is as finely as choices tell shapes apart. */
export function sizeClasses(sizes: Readonly<Record<string, number>>): string {
  return Object.entries(sizes)
    .map(([name, size]) => `${name}${2 ** Math.ceil(Math.log2(Math.max(1, size)))}`)
    .join(' ');
}
