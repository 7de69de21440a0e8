import type { Command, Option, OptionTable } from './command.ts';
import { COMMON } from './parse.ts';

const WIDTH = 100;

/** Breaks text at spaces into lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Two aligned columns, the second one wrapped. */
export function columns(rows: [string, string][], width = WIDTH): string {
  const left = Math.max(...rows.map(([term]) => term.length)) + 4;
  const format = ([term, text]: [string, string]) =>
    wrap(text, width - left)
      .map((line, index) => (index === 0 ? `  ${term}`.padEnd(left) : ' '.repeat(left)) + line)
      .join('\n');
  return rows.map(format).join('\n');
}

function optionRow([name, option]: [string, Option]): [string, string] {
  const choices = option.type === 'text' ? option.choices?.join('|') : undefined;
  const value = option.type === 'switch' ? '' : ` ${choices ?? option.value ?? 'VALUE'}`;
  return [`--${name}${value}`, option.help];
}

/** The text of `agelens COMMAND --help`. */
export function helpOf<T extends OptionTable>(command: Command<T>): string {
  const usage = ['agelens', command.name, command.usage, '[options]'].filter(Boolean).join(' ');
  const options = columns(Object.entries({ ...command.options, ...COMMON } as OptionTable).map(optionRow));
  const details = command.details?.split(/\n\s*\n/).map((paragraph) => wrap(paragraph.trim(), WIDTH).join('\n')) ?? [];
  return [`${command.summary}\n\n  ${usage}`, `Options:\n${options}`, ...details].join('\n\n');
}
