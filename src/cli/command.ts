/**
 * What a command is: a summary, a table of options and a function. The table alone gives parsing, checks and `--help`.
 */
import type { Progress } from './progress.ts';

interface OptionBase {
  /** One line for `--help`. */
  help: string;
  /** What stands for the value in `--help`; absent for switches. */
  value?: string;
}

/** `list` may be given several times. */
export type Option = OptionBase &
  (
    | { type: 'switch' }
    | { type: 'text'; choices?: readonly string[] }
    | { type: 'list' }
    | { type: 'whole'; least?: number }
    | { type: 'number'; least?: number }
  );

export type OptionTable = Record<string, Option>;

type ValueOf<O extends Option> = O extends { type: 'switch' }
  ? boolean
  : O extends { type: 'list' }
    ? string[]
    : O extends { type: 'whole' | 'number' }
      ? number | undefined
      : O extends { choices: readonly (infer C)[] }
        ? C | undefined
        : string | undefined;

/** Values by option name; what was not given is undefined, an unset switch is false, an unused list is empty. */
export type OptionValues<T extends OptionTable> = { [K in keyof T]: ValueOf<T[K]> };

export interface Terminal {
  /** Whether `--json` was given: then standard output carries one JSON document and nothing else. */
  json: boolean;
  /** A line of the result on standard output; dropped with `--json`. */
  print(line?: string): void;
  /** A line about the work on standard error. */
  note(line: string): void;
  progress(label: string, total: number): Progress;
  /** Aborts at the first Ctrl-C, SIGTERM or SIGUSR1; a second Ctrl-C ends the process at once. */
  signal: AbortSignal;
}

export interface Invocation<T extends OptionTable> {
  options: OptionValues<T>;
  files: string[];
  terminal: Terminal;
}

export interface Command<T extends OptionTable = OptionTable> {
  /** What follows `agelens`, e.g. "prepare ct". */
  name: string;
  summary: string;
  /** What stands between the name and the options in `--help`, e.g. "DIR|FILE OUT.nii.gz". */
  usage?: string;
  /** Least and most operands (what is no option); none unless given. */
  operands?: { least: number; most: number };
  /** Paragraphs below the option table. */
  details?: string;
  options: T;
  /** What it returns is what `--json` prints; nothing for a command that prints a line of JSON for each result itself. */
  run(invocation: Invocation<T>): Promise<unknown>;
}

/** Keeps the exact option table for the type of `run`'s argument. */
export function defineCommand<const T extends OptionTable>(command: Command<T>): Command<T> {
  return command;
}
