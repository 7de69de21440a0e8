import { constants } from 'node:os';
import { UserError } from '../util/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;
type Signal = (typeof SIGNALS)[number];

/** Why a command ended early: somebody asked for it. */
export class Interrupted extends UserError {
  override name = 'Interrupted';
  /** 128 + the signal's number, as shells and schedulers expect of a process that a signal ended: 130, 143, 138 on Linux. */
  readonly status: number;

  constructor(
    message: string,
    readonly signal: Signal,
  ) {
    super(message);
    this.status = 128 + constants.signals[signal];
  }
}

/**
 * A signal that aborts at the first Ctrl-C, SIGTERM or SIGUSR1, so that work can end at a clean point. A second Ctrl-C ends
 * the process at once; the other two are often sent more than once (to a group and to its leader, before a time limit and at
 * it) and then change nothing more. `release` puts the system's own behaviour back.
 */
export function interruption(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const handle = (name: Signal) => {
    if (controller.signal.aborted && name === 'SIGINT') process.exit(128 + constants.signals.SIGINT);
    if (controller.signal.aborted) return;
    const [what, harder] = name === 'SIGINT' ? ['Ctrl-C', 'once more'] : [name, 'Ctrl-C'];
    process.stderr.write(`\n${what}: stopping at the next clean point; ${harder} stops at once\n`);
    controller.abort(new Interrupted('stopped', name));
  };
  for (const name of SIGNALS) process.on(name, handle);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
}
