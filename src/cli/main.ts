import { messageOf, UserError } from '../util/errors.ts';
import { suggestion } from '../util/nearest.ts';
import { VERSION } from '../util/version.ts';
import type { Command, Terminal } from './command.ts';
import { columns, helpOf } from './help.ts';
import { Interrupted, interruption } from './interrupt.ts';
import { parseArguments, UsageError } from './parse.ts';
import { startProgress } from './progress.ts';
import { COMMANDS } from './registry.ts';

async function overview(prefix = ''): Promise<string> {
  const names = Object.keys(COMMANDS).filter((name) => name.startsWith(prefix));
  const rows = await Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, (await load(name)).summary]),
  );
  return `agelens ${VERSION}: age estimation from CT on WebGPU\n\n  agelens COMMAND [options]\n\n${columns(rows)}\n\n\`agelens COMMAND --help\` shows a command's options.`;
}

async function load(name: string): Promise<Command> {
  const loader = COMMANDS[name];
  if (!loader) throw new Error(`no command "${name}"`);
  return (await loader()).default;
}

/** The command that the first one or two words name, and the arguments after them. */
function find(args: string[]): { name: string; rest: string[] } | null {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(' ');
    if (args.length >= words && Object.hasOwn(COMMANDS, name)) return { name, rest: args.slice(words) };
  }
  return null;
}

function unknown(args: string[]): string {
  const [first = '', second] = args;
  const known = Object.keys(COMMANDS);
  const group = known.filter((name) => name.startsWith(`${first} `));
  if (group.length > 0)
    return `"${first}" needs to be told of what: ${group.map((name) => `agelens ${name}`).join(', ')}`;
  const word =
    second && known.some((name) => name.includes(' ')) && !second.startsWith('-') ? `${first} ${second}` : first;
  const near = suggestion(first, known) || suggestion(word, known);
  return `there is no command "${first}"${near}${near ? '' : '; `agelens --help` lists them'}`;
}

function terminal(json: boolean, signal: AbortSignal): Terminal {
  return {
    json,
    signal,
    print: (line = '') => {
      if (!json) process.stdout.write(`${line}\n`);
    },
    note: (line) => process.stderr.write(`${line}\n`),
    progress: (label, total) => startProgress(label, total),
  };
}

async function call(command: Command, rest: string[]): Promise<void> {
  const { options, operands, json, help } = parseArguments(command, rest);
  if (help) {
    process.stdout.write(`${helpOf(command)}\n`);
    return;
  }
  const { signal, release } = interruption();
  try {
    const result = await command.run({ options, files: operands, terminal: terminal(json, signal) });
    if (json && result !== undefined) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } finally {
    release();
  }
}

function report(where: string, error: unknown): number {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  const user = error instanceof UserError;
  const line = messageOf(error).replace(/\s*\n\s*/g, ' ');
  process.stderr.write(
    `${where}: ${user ? line : `unexpected error: ${line} (a defect; AGELENS_DEBUG=1 shows where)`}\n`,
  );
  if (process.env.AGELENS_DEBUG && !(error instanceof UsageError) && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  if (error instanceof Interrupted) return error.status;
  return error instanceof UsageError ? 2 : 1;
}

/**
 * Runs one command line and returns the exit status: 0, 1 for a failure, 2 for a command line that makes no sense, 128 and
 * the signal's number when it was interrupted.
 */
export async function main(args: string[]): Promise<number> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0); // the reader of a pipe went away: nothing is left to say
    throw error;
  });
  const found = find(args);
  try {
    if (found) await call(await load(found.name), found.rest);
    else if (args.length === 0 || args[0] === '--help' || args[0] === 'help')
      process.stdout.write(`${await overview()}\n`);
    else if (args[0] === '--version') process.stdout.write(`${VERSION}\n`);
    else throw new UsageError(unknown(args));
    return 0;
  } catch (error) {
    return report(found ? `agelens ${found.name}` : 'agelens', error);
  }
}
