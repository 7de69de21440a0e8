import { UserError } from '../util/errors.ts';

/** Why a command ended early: somebody asked for it. */
export class Interrupted extends UserError {
  override name = 'Interrupted';
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * A signal that aborts at the first Ctrl-C or SIGTERM, so that work can end at a clean point; the second one ends the
 * process at once. `release` puts the system's own behaviour back.
 */
export function interruption(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const handle = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(
      `\n${name === 'SIGINT' ? 'Ctrl-C' : name}: stopping at the next clean point; once more stops at once\n`,
    );
    controller.abort(new Interrupted('stopped'));
  };
  for (const name of SIGNALS) process.on(name, handle);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
}
