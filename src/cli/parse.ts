import { parseArgs } from 'node:util';
import { UserError } from '../util/errors.ts';
import { suggestion } from '../util/nearest.ts';
import type { Command, Option, OptionTable, OptionValues } from './command.ts';

/** A command line that cannot be understood; exits with status 2. */
export class UsageError extends UserError {
  override name = 'UsageError';
}

export interface Parsed<T extends OptionTable> {
  options: OptionValues<T>;
  operands: string[];
  json: boolean;
  help: boolean;
}

/** Options that every command has. */
export const COMMON: OptionTable = {
  json: { type: 'switch', help: 'print the result as one JSON document' },
  help: { type: 'switch', help: 'show this help' },
};

function numberOf(name: string, option: Option & { type: 'whole' | 'number' }, text: string): number {
  const value = Number(text);
  const whole = option.type === 'whole';
  const least = option.least ?? Number.NEGATIVE_INFINITY;
  const fits = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (text.trim() !== '' && fits && value >= least) return value;
  const bound = option.least === undefined ? '' : ` of at least ${option.least}`;
  throw new UsageError(`--${name} takes a ${whole ? 'whole number' : 'number'}${bound}, not "${text}"`);
}

function convert(name: string, option: Option, text: string): string | number {
  if (option.type === 'whole' || option.type === 'number') return numberOf(name, option, text);
  if (option.type === 'text' && option.choices && !option.choices.includes(text)) {
    throw new UsageError(`--${name} is one of ${option.choices.join(', ')}, not "${text}"`);
  }
  return text;
}

function initial(table: OptionTable): Record<string, unknown> {
  const empty = (option: Option) => (option.type === 'switch' ? false : option.type === 'list' ? [] : undefined);
  return Object.fromEntries(Object.entries(table).map(([name, option]) => [name, empty(option)]));
}

function checkOperands(command: Pick<Command, 'operands' | 'usage'>, operands: string[]): void {
  const { least, most } = command.operands ?? { least: 0, most: 0 };
  if (operands.length > most) {
    throw new UsageError(
      `"${operands[most]}" is one operand too many${command.usage ? `; expected: ${command.usage}` : ''}`,
    );
  }
  if (operands.length < least) throw new UsageError(`too little is given; expected: ${command.usage ?? ''}`);
}

/**
 * Reads a command's arguments by its option table.
 * @throws UsageError for unknown options, missing or bad values, and too few or too many operands
 */
export function parseArguments<T extends OptionTable>(command: Command<T>, args: string[]): Parsed<T> {
  const table: OptionTable = { ...command.options, ...COMMON };
  const declared = Object.entries(table).map(([name, { type }]) => [
    name,
    { type: type === 'switch' ? 'boolean' : 'string' },
  ]);
  const { tokens } = parseArgs({
    args,
    options: Object.fromEntries(declared),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = initial(table);
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind === 'option')
      take(table, values, token.name === 'h' ? 'help' : token.name, token.rawName, token.value);
  }
  const { json, help, ...options } = values;
  if (!help) checkOperands(command as Pick<Command, 'operands' | 'usage'>, operands);
  return { options: options as OptionValues<T>, operands, json: Boolean(json), help: Boolean(help) };
}

function take(
  table: OptionTable,
  values: Record<string, unknown>,
  name: string,
  raw: string,
  text: string | undefined,
): void {
  const option = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!option)
    throw new UsageError(`there is no option ${raw}${suggestion(name, Object.keys(table)).replace('"', '"--')}`);
  if (option.type === 'switch') {
    if (text !== undefined) throw new UsageError(`--${name} takes no value`);
    values[name] = true;
    return;
  }
  if (text === undefined) throw new UsageError(`--${name} needs a value${option.value ? ` (${option.value})` : ''}`);
  const value = convert(name, option, text);
  if (option.type === 'list') (values[name] as unknown[]).push(value);
  else values[name] = value;
}
