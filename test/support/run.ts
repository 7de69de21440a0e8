/** Runs test files one after the other and counts. Bundled with the tests of each host. */
import 'uvu'; // it looks for the place to write to when it is first loaded, which is thus before any test file

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a host tells whoever started it. */
export type Report =
  | { type: 'text'; text: string }
  | { type: 'start'; file: string }
  | { type: 'file'; file: string; counts: Counts; milliseconds: number }
  | { type: 'done' };

type SuiteResult = [errors: string | boolean, passed: number, skipped: number, total: number];
type Queue = (() => Promise<SuiteResult>)[][];

interface UvuGlobals {
  UVU_QUEUE: Queue;
  UVU_INDEX: number;
}

const uvu = globalThis as typeof globalThis & UvuGlobals;

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function runFile(
  index: number,
  file: string,
  load: () => Promise<unknown>,
  report: (report: Report) => void,
): Promise<Counts> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const fail = (text: string) => {
    counts.failed++;
    report({ type: 'text', text: `\n  FAIL  ${file}\n    ${text}\n\n` });
  };
  uvu.UVU_INDEX = index;
  uvu.UVU_QUEUE[index] = [];
  try {
    await load();
  } catch (error) {
    fail(`it could not be loaded: ${stackOf(error)}`);
  }
  const suites = uvu.UVU_QUEUE[index];
  if (suites.length === 0 && counts.failed === 0) fail('it has no suite that runs (is test.run() missing?)');
  for (const suite of suites) {
    try {
      const [errors, passed, skipped, total] = await suite();
      counts.passed += passed;
      counts.skipped += skipped;
      counts.failed += total - passed;
      if (typeof errors === 'string') report({ type: 'text', text: `\n${errors}\n` });
      else if (total > passed)
        report({ type: 'text', text: `\n  FAIL  ${file}\n    ${total - passed} tests did not run: a hook failed\n\n` });
    } catch (error) {
      fail(stackOf(error));
    }
  }
  return counts;
}

/**
 * Runs the files in their order. Before this bundle is loaded, `UVU_DEFER` and `UVU_QUEUE` must be set, so that suites wait.
 * The device that the tests share is opened by the first test that asks for it.
 */
export async function runFiles(
  files: Record<string, () => Promise<unknown>>,
  report: (report: Report) => void,
): Promise<void> {
  for (const [index, [file, load]] of Object.entries(files).entries()) {
    report({ type: 'start', file });
    const start = performance.now();
    const counts = await runFile(index, file, load, report);
    report({ type: 'file', file, counts, milliseconds: performance.now() - start });
  }
  report({ type: 'done' });
}
