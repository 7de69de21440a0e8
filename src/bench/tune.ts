/**
 * Finds the ways to compute that are fastest on an adapter. A piece of work is run with each way in turn; what an operation
 * takes is the device's time from its choice of a way to the next operation's choice. Whatever else lies between is the
 * same for all ways.
 */
import type { Gpu, Span, Tuned } from '../gpu/index.ts';

/** What tuning found for an operation and a class of shapes. */
export interface Finding {
  operation: string;
  shapes: string;
  way: string;
  usual: string;
  /** How many times as fast as the built-in choice. */
  gain: number;
}

const ROUNDS = 3;
/** A way must be so many times as fast to take the place of the built-in choice. */
const WORTHWHILE = 1.03;

interface Question extends Tuned {
  /** Shortest nanoseconds of each way, over all places where the work asks. */
  times: Map<string, number>;
}

const keyOf = ({ operation, shapes }: Tuned): string => `${operation} ${shapes}`;

/** Sets the `turn`-th way of each question, where it has so many. */
function setWays(gpu: Gpu, questions: Iterable<Question>, turn: number): void {
  gpu.tuning.clear();
  for (const { operation, shapes, ways, usual } of questions) gpu.tuning.set(operation, ways[turn] ?? usual, shapes);
}

/** Runs the work once and adds up the time after each question. */
async function timed(gpu: Gpu, work: () => void, add: (asked: Tuned, nanoseconds: number) => void): Promise<void> {
  const asked: { question: Tuned; dispatches: number }[] = [];
  const { counts } = gpu;
  const before = counts.dispatches;
  gpu.tuning.observer = (question) => asked.push({ question, dispatches: counts.dispatches - before });
  try {
    const { profile } = await gpu.profile(work);
    const sum = (spans: Span[]) => spans.reduce((total, { start, end }) => total + end - start, 0);
    asked.forEach(({ question, dispatches }, i) => {
      add(question, sum(profile.spans.slice(dispatches, asked[i + 1]?.dispatches)));
    });
  } finally {
    gpu.tuning.observer = null;
  }
}

/** Times all ways of everything that the work chooses, and puts the fastest into `gpu.tuning`. */
export async function tune(gpu: Gpu, work: () => void, onTurn: (turn: number, of: number) => void): Promise<Finding[]> {
  gpu.tuning.clear();
  const questions = new Map<string, Question>();
  await timed(gpu, work, (question) => {
    if (question.ways.length > 1) questions.set(keyOf(question), { ...question, times: new Map() });
  });
  const turns = Math.max(0, ...[...questions.values()].map(({ ways }) => ways.length));
  for (let turn = 0; turn < turns; turn++) {
    onTurn(turn, turns);
    setWays(gpu, questions.values(), turn);
    await timed(gpu, work, () => {}); // compiles
    for (let round = 0; round < ROUNDS; round++) await timeTurn(gpu, work, questions, turn);
  }
  const findings = [...questions.values()].flatMap(found);
  gpu.tuning.clear();
  for (const { operation, shapes, way } of findings) gpu.tuning.set(operation, way, shapes);
  return findings;
}

async function timeTurn(gpu: Gpu, work: () => void, questions: Map<string, Question>, turn: number): Promise<void> {
  const sums = new Map<string, number>();
  await timed(gpu, work, (question, nanoseconds) => {
    sums.set(keyOf(question), (sums.get(keyOf(question)) ?? 0) + nanoseconds);
  });
  for (const [key, sum] of sums) {
    const { ways, usual, times } = questions.get(key) ?? {};
    const way = ways?.[turn] ?? usual;
    if (times && way) times.set(way, Math.min(times.get(way) ?? Infinity, sum));
  }
}

function found({ operation, shapes, usual, times }: Question): Finding[] {
  const before = times.get(usual) ?? 0;
  const [way, time] = [...times].reduce((best, each) => (each[1] < best[1] ? each : best));
  const gain = before / time;
  return gain >= WORTHWHILE ? [{ operation, shapes, way, usual, gain }] : [];
}
