/**
 * CSV tables with a header line. Commas, semicolons or tabs, LF or CRLF, with or without a byte-order mark; errors name
 * the line.
 */
import { parse } from 'csv-parse/browser/esm/sync';
import { stringify } from 'csv-stringify/browser/esm/sync';
import { messageOf } from '../util/errors.ts';
import { RefusedError } from './refusal.ts';

/** One record of a table. */
export class CsvRow {
  constructor(
    readonly file: string,
    /** Of the file, counted from 1. */
    readonly line: number,
    readonly values: ReadonlyMap<string, string>,
    readonly decimalComma: boolean,
  ) {}

  /** The text in a column; '' when the cell is empty or the table has no such column. */
  text(column: string): string {
    return this.values.get(column) ?? '';
  }

  /** @throws RefusedError when the cell is empty or the column absent */
  requiredText(column: string): string {
    const text = this.text(column);
    if (text === '') this.refuse(`${column} is empty`);
    return text;
  }

  /** A number, or null when the cell is empty. @throws RefusedError for any other text */
  number(column: string): number | null {
    const text = this.text(column);
    if (text === '') return null;
    const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(this.decimalComma ? text.replace(',', '.') : text)
      ? Number(this.decimalComma ? text.replace(',', '.') : text)
      : Number.NaN;
    if (!Number.isFinite(value)) this.refuse(`${column} "${shapeOf(text)}" is not a number`);
    return value;
  }

  /** @throws RefusedError when the cell is empty or no number */
  requiredNumber(column: string): number {
    return this.number(column) ?? this.refuse(`${column} is empty`);
  }

  /** Ends reading with a message that names this row. */
  refuse(cause: string): never {
    throw new RefusedError(this.file, `line ${this.line}: ${cause}`);
  }
}

/** What a cell looks like without what it says: it may be a patient's name in a column too far. */
export const shapeOf = (text: string): string => text.replaceAll(/\d/g, '#').replaceAll(/\p{L}/gu, 'a');

export interface CsvTable {
  columns: string[];
  rows: CsvRow[];
}

/**
 * Reads a table. Cells are trimmed; in a table with semicolons numbers may have a decimal comma.
 * @throws RefusedError for text that is not UTF-8, an empty table, two columns of one name, rows of the wrong length
 */
export function readCsv(bytes: Uint8Array, name: string): CsvTable {
  const text = decodeText(bytes, name);
  const delimiter = guessDelimiter(text);
  const [header, ...records] = parseRecords(text, delimiter, name);
  if (!header) throw new RefusedError(name, 'the table is empty');
  const columns = header.cells;
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined) throw new RefusedError(name, `line ${header.line}: column "${twice}" is there twice`);
  const rows = records.map(({ line, cells }) => {
    if (cells.length !== columns.length)
      throw new RefusedError(name, `line ${line}: ${cells.length} cells for ${columns.length} columns`);
    const values = new Map(columns.map((column, i) => [column, cells[i] ?? '']));
    return new CsvRow(name, line, values, delimiter === ';');
  });
  return { columns, rows };
}

function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RefusedError(name, 'not UTF-8 text; save the table as CSV in UTF-8');
  }
}

/** The separator that stands most often in the first line, outside quotes. */
function guessDelimiter(text: string): ',' | ';' | '\t' {
  const firstLine = /^\s*(.*)/.exec(text)?.[1]?.replace(/"[^"]*"/g, '') ?? '';
  const count = (separator: string) => firstLine.split(separator).length;
  if (count(';') > count(',') && count(';') >= count('\t')) return ';';
  return count('\t') > count(',') ? '\t' : ',';
}

interface Located {
  record: string[];
  info: { lines: number };
}

/** Records with the number of the line on which each ends. */
function parseRecords(text: string, delimiter: string, name: string): { line: number; cells: string[] }[] {
  try {
    const located = parse(text, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Located[];
    return located.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    throw new RefusedError(name, `not a CSV table: ${messageOf(error)}`);
  }
}

/** A cell to write; null becomes an empty cell. */
export type CsvValue = string | number | boolean | null;

/** A table as text: commas, LF, a header line, cells quoted where they must be. */
export function writeCsv<Row extends Readonly<Record<string, CsvValue>>>(
  columns: readonly (keyof Row & string)[],
  rows: readonly Row[],
): string {
  return stringify([columns, ...rows.map((row) => columns.map((column) => cellText(row[column] ?? null)))]);
}

function cellText(value: CsvValue): string {
  return value === null ? '' : String(value);
}
