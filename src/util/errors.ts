/**
 * An error that the user can cause and mend: its message is one line that says what is wrong, where, and what to do.
 * Commands print the message alone and exit with a non-zero status; any other error is a defect and keeps its stack.
 */
export class UserError extends Error {
  override name = 'UserError';
}

/** The message of anything thrown (some packages throw strings). */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
