import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Timing } from '../../src/bench/measure.node.ts';

const PIPELINE = 'bench/prepare/pipeline.py';

/** pipeline.py in a process of its own, which answers one command after another. */
export class PythonPipeline {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(series: string) {
    const program = process.env.PYTHON ?? 'python3';
    const child = spawn(program, [PIPELINE, series], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.on('error', (error) => console.error(`${program}: ${error.message}`));
    this.#process = child;
    const lines: Interface = createInterface({ input: child.stdout });
    this.#answers = lines[Symbol.asyncIterator]();
  }

  /** Runs a command of pipeline.py; processor time is that of all its threads. */
  async run(command: string): Promise<Timing> {
    this.#process.stdin?.write(`${command}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${PIPELINE} ended at "${command}": it needs numpy, scipy, scikit-image and pydicom`);
    return JSON.parse(value) as Timing;
  }

  close(): void {
    this.#process.stdin?.end();
  }
}
