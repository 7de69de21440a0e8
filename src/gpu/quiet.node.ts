import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

const { O_NOCTTY, O_WRONLY } = constants;

/**
 * Runs `action` with the error stream of the process pointing nowhere. Dawn writes remarks about a driver's limits
 * straight to file descriptor 2 whenever an adapter is asked for, and has no switch for it. Only where the stream is a
 * terminal or a pipe, since opening those a second time gives the same thing, and a file would get a second position.
 */
export function withoutRemarks<T>(action: () => T): T {
  const saved = openAgain(2);
  if (saved === null) return action();
  closeSync(2);
  const nowhere = openSync('/dev/null', O_WRONLY); // takes the lowest free number, which is 2
  try {
    return action();
  } finally {
    closeSync(nowhere);
    openSync(`/proc/self/fd/${saved}`, O_WRONLY | O_NOCTTY);
    closeSync(saved);
  }
}

function openAgain(descriptor: number): number | null {
  try {
    if (!isatty(descriptor) && !fstatSync(descriptor).isFIFO()) return null;
    for (const lower of [0, 1]) fstatSync(lower); // were one of them closed, its number would be taken first
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NOCTTY);
  } catch {
    return null;
  }
}
