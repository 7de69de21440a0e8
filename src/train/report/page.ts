/** What the parts of one page share: its headings, the numbers of figures and tables, and the works cited. */
import { html, type Markup, type Part } from './html.ts';
import { References } from './references.ts';

export interface Column {
  title: string;
  /** Right-aligned figures. */
  numeric: boolean;
}

export interface TableContent {
  caption: Part;
  columns: readonly (Column | string)[];
  /** A row's first cell is its head. */
  rows: readonly (readonly Part[])[];
  /** What stands below the table. */
  note?: Part;
  /** On screen, long tables scroll in themselves; on paper they are shown whole. */
  long?: boolean;
}

/** An estimate with its interval below it, which keeps columns narrow. */
export const stacked = (value: string, interval: string): Markup => html`${value}<small>${interval}</small>`;

/** Columns of figures. */
export const numeric = (...titles: string[]): Column[] => titles.map((title) => ({ title, numeric: true }));

export interface Heading {
  id: string;
  title: string;
}

/** Tables of at most so many rows are not cut between two sheets of paper. */
const SHORT = 12;

export class Page {
  readonly references = new References();
  /** Chapters in their order. */
  readonly chapters: Heading[] = [];
  /** Titles of chapters and sections by their ids. */
  readonly titles = new Map<string, string>();
  #figures = 0;
  #tables = 0;

  /** A part of the page with a heading of the second level. */
  chapter(id: string, title: string, ...content: Part[]): Markup {
    this.chapters.push({ id, title });
    this.titles.set(id, title);
    return html`<section id="${id}"><h2>${title}</h2>\n${content}</section>\n`;
  }

  /** A part of a chapter, third level. */
  section(id: string, title: string, ...content: Part[]): Markup {
    this.titles.set(id, title);
    return html`<section id="${id}"><h3>${title}</h3>\n${content}</section>\n`;
  }

  /** A figure with its number; its pictures themselves say in words what they show. */
  figure(content: Part, caption: Part): Markup {
    return html`<figure>${content}<figcaption><b>Figure ${++this.#figures}.</b> ${caption}</figcaption></figure>\n`;
  }

  /** A table with its number, heads for columns and rows; it can be scrolled by keyboard where it is too wide. */
  table({ caption, columns, rows, note = null, long = false }: TableContent): Markup {
    const number = ++this.#tables;
    const settled = columns.map(
      (column): Column => (typeof column === 'string' ? { title: column, numeric: false } : column),
    );
    const kind = (i: number) => settled[i]?.numeric === true && html` class="number"`;
    const head = settled.map(({ title }, i) => html`<th scope="col"${kind(i)}>${title}</th>`);
    const cell = (content: Part, i: number) =>
      i === 0 ? html`<th scope="row"${kind(i)}>${content}</th>` : html`<td${kind(i)}>${content}</td>`;
    const body = rows.map((cells) => html`<tr>${cells.map(cell)}</tr>\n`);
    return html`<div class="table${rows.length <= SHORT && ' short'}"><p class="caption" id="table-${number}"><b>Table ${number}.</b> ${caption}</p>
<div class="scroll${long && ' long'}" tabindex="0" role="region" aria-labelledby="table-${number}"><table aria-labelledby="table-${number}"><thead><tr>${head}</tr></thead><tbody>\n${body}</tbody></table></div>${note !== null && html`<p class="note">${note}</p>`}</div>\n`;
  }
}
