/** Small SVG charts: enough for a report, drawn as text so that Node and browsers make the same file. */
export type Range = [low: number, high: number];

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] as string);
}

/** Coordinates with a tenth of a pixel: charts stay small and equal between hosts. */
function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Round tick values that cover a range, about `count` of them. */
export function ticks([low, high]: Range, count = 6): number[] {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? raw;
  const values: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    values.push(Number((i * step).toPrecision(12)));
  return values;
}

export interface Axis {
  label: string;
  range: Range;
  format?: (value: number) => string;
}

/** A chart with two linear axes; marks are added in data coordinates. */
export class Chart {
  readonly #x: Axis;
  readonly #y: Axis;
  readonly #width: number;
  readonly #height: number;
  readonly #marks: string[] = [];
  readonly #margin = { left: 56, right: 16, top: 14, bottom: 46 };
  readonly #title: string;

  /** `title` says in words what is drawn: it is read out by screen readers. */
  constructor(title: string, x: Axis, y: Axis, size: { width: number; height: number }) {
    this.#title = title;
    this.#x = x;
    this.#y = y;
    this.#width = size.width;
    this.#height = size.height;
  }

  x(value: number): number {
    const [low, high] = this.#x.range;
    const { left, right } = this.#margin;
    return left + ((value - low) / (high - low)) * (this.#width - left - right);
  }

  y(value: number): number {
    const [low, high] = this.#y.range;
    const { top, bottom } = this.#margin;
    return this.#height - bottom - ((value - low) / (high - low)) * (this.#height - top - bottom);
  }

  line(points: readonly [number, number][], className: string): this {
    if (points.length === 0) return this;
    const path = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${px(this.x(x))} ${px(this.y(y))}`).join('');
    this.#marks.push(`<path class="${className}" d="${path}"/>`);
    return this;
  }

  bar(x: number, low: number, high: number, className: string): this {
    const [top, bottom] = [this.y(high), this.y(low)];
    this.#marks.push(`<path class="${className}" d="M${px(this.x(x))} ${px(top)}V${px(bottom)}"/>`);
    return this;
  }

  /** A mark told apart by shape as well as by colour. */
  point(x: number, y: number, shape: 'circle' | 'square' | 'triangle', className: string, tip: string): this {
    const [cx, cy] = [this.x(x), this.y(y)];
    const outline = {
      circle: `M${px(cx - 4)} ${px(cy)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`,
      square: `M${px(cx - 3.5)} ${px(cy - 3.5)}h7v7h-7z`,
      triangle: `M${px(cx)} ${px(cy - 4.6)}l4.6 8h-9.2z`,
    }[shape];
    this.#marks.push(`<path class="${className}" d="${outline}"><title>${escapeText(tip)}</title></path>`);
    return this;
  }

  text(x: number, y: number, text: string, className: string, anchor: 'start' | 'middle' | 'end' = 'start'): this {
    const position = `x="${px(this.x(x))}" y="${px(this.y(y))}" text-anchor="${anchor}"`;
    this.#marks.push(`<text class="${className}" ${position}>${escapeText(text)}</text>`);
    return this;
  }

  #axes(): string {
    const { left, right, top, bottom } = this.#margin;
    const [xEnd, yEnd] = [this.#width - right, this.#height - bottom];
    const name = (axis: Axis, value: number): string => escapeText(axis.format?.(value) ?? String(value));
    const vertical = ticks(this.#x.range).map((value) => {
      const x = px(this.x(value));
      return `<path class="grid" d="M${x} ${top}V${yEnd}"/><text class="tick" x="${x}" y="${yEnd + 17}" text-anchor="middle">${name(this.#x, value)}</text>`;
    });
    const horizontal = ticks(this.#y.range).map((value) => {
      const y = this.y(value);
      return `<path class="grid" d="M${left} ${px(y)}H${xEnd}"/><text class="tick" x="${left - 8}" y="${px(y + 4)}" text-anchor="end">${name(this.#y, value)}</text>`;
    });
    const middle = (top + yEnd) / 2;
    return [
      ...vertical,
      ...horizontal,
      `<path class="axis" d="M${left} ${top}V${yEnd}H${xEnd}"/>`,
      `<text class="label" x="${(left + xEnd) / 2}" y="${this.#height - 8}" text-anchor="middle">${escapeText(this.#x.label)}</text>`,
      `<text class="label" transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escapeText(this.#y.label)}</text>`,
    ].join('');
  }

  toString(): string {
    const box = `0 0 ${this.#width} ${this.#height}`;
    return `<svg viewBox="${box}" role="img"><title>${escapeText(this.#title)}</title>${this.#axes()}${this.#marks.join('')}</svg>`;
  }
}
