/** Small SVG charts: enough for a report, drawn as text so that Node and browsers make the same file. */
import { escapeText, type Markup, markup } from './html.ts';

export type Range = [low: number, high: number];

/** Coordinates with a tenth of a pixel: charts stay small and equal between hosts. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const STEPS = [1, 2, 5, 10];

/** The least round number that is not below `raw`. */
function roundUp(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  return STEPS.map((factor) => factor * power).find((candidate) => candidate >= raw * (1 - 1e-9)) ?? raw;
}

/** Round tick values that cover a range, about `count` of them. */
export function ticks([low, high]: Range, count = 6): number[] {
  const step = roundUp((high - low) / count);
  const values: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    values.push(Number((i * step).toPrecision(12)));
  return values;
}

/** The range of the finite ones among the values, widened to whole multiples of `step`, at least one of them wide. */
export function rangeOf(values: readonly number[], step: number): Range {
  const finite = values.filter(Number.isFinite);
  const low = Math.floor((finite.length > 0 ? Math.min(...finite) : 0) / step) * step;
  const high = Math.ceil((finite.length > 0 ? Math.max(...finite) : step) / step) * step;
  return [low, high > low ? high : low + step];
}

/** A range from zero to the first tick that no finite value passes. */
export function rangeFromZero(values: readonly number[]): Range {
  const greatest = Math.max(0, ...values.filter(Number.isFinite)) || 1;
  const step = roundUp(greatest / 6);
  return [0, Math.ceil(greatest / step - 1e-9) * step];
}

export interface Axis {
  label: string;
  range: Range;
  format?: (value: number) => string;
  /** About how many ticks; none where 0. */
  ticks?: number;
}

/** Shapes of points, which tell groups apart without colour. */
export type Shape = 'circle' | 'square' | 'triangle' | 'diamond';

/** The outline of a shape around a place in pixels. */
export function outline(shape: Shape, x: number, y: number, size = 1): string {
  const at = (dx: number, dy: number) => `${px(x + dx * size)} ${px(y + dy * size)}`;
  const [r, d] = [px(4 * size), px(8 * size)];
  return {
    circle: `M${at(-4, 0)}a${r} ${r} 0 1 0 ${d} 0a${r} ${r} 0 1 0 -${d} 0z`,
    square: `M${at(-3.6, -3.6)}L${at(3.6, -3.6)}L${at(3.6, 3.6)}L${at(-3.6, 3.6)}z`,
    triangle: `M${at(0, -4.8)}L${at(4.6, 3.4)}L${at(-4.6, 3.4)}z`,
    diamond: `M${at(0, -5)}L${at(5, 0)}L${at(0, 5)}L${at(-5, 0)}z`,
  }[shape];
}

/** An SVG picture; `title` says in words what is drawn, for those who do not see it. */
export function svg(title: string, width: number, height: number, content: string): Markup {
  return markup(
    `<svg viewBox="0 0 ${px(width)} ${px(height)}" style="max-width:${px(width)}px" role="img" aria-label="${escapeText(title)}">${content}</svg>`,
  );
}

/** A chart with two linear axes; marks are added in data coordinates. */
export class Chart {
  readonly #x: Axis;
  readonly #y: Axis;
  readonly #width: number;
  readonly #height: number;
  readonly #marks: string[] = [];
  readonly #margin: { left: number; right: number; top: number; bottom: number };
  readonly #title: string;

  /** `title` says in words what is drawn: it is read out by screen readers. `left`: room for the ticks of the y axis. */
  constructor(title: string, x: Axis, y: Axis, size: { width: number; height: number; left?: number }) {
    this.#title = title;
    this.#x = x;
    this.#y = y;
    this.#width = size.width;
    this.#height = size.height;
    this.#margin = { left: size.left ?? 56, right: 22, top: 14, bottom: 46 };
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

  line(points: readonly (readonly [number, number])[], className: string): this {
    const path = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${px(this.x(x))} ${px(this.y(y))}`).join('');
    if (path) this.#marks.push(`<path class="${className}" d="${path}"/>`);
    return this;
  }

  /** A vertical line from `low` to `high` at `x`. */
  bar(x: number, low: number, high: number, className: string): this {
    return this.line(
      [
        [x, low],
        [x, high],
      ],
      className,
    );
  }

  /** An interval at `x` with caps at both ends; nothing where there is none. */
  whisker(x: number, low: number, high: number, className: string): this {
    if (!(low < high)) return this;
    const [at, top, bottom] = [this.x(x), px(this.y(high)), px(this.y(low))];
    const cap = (y: string) => `M${px(at - 4)} ${y}H${px(at + 4)}`;
    this.#marks.push(`<path class="${className}" d="M${px(at)} ${top}V${bottom}${cap(top)}${cap(bottom)}"/>`);
    return this;
  }

  /** The same lying on its side: an interval of x at `y`. */
  span(y: number, low: number, high: number, className: string): this {
    if (!(low < high)) return this;
    const [at, left, right] = [this.y(y), px(this.x(low)), px(this.x(high))];
    const cap = (x: string) => `M${x} ${px(at - 4)}V${px(at + 4)}`;
    this.#marks.push(`<path class="${className}" d="M${left} ${px(at)}H${right}${cap(left)}${cap(right)}"/>`);
    return this;
  }

  rectangle([left, right]: Range, [low, high]: Range, className: string, tip: string): this {
    const [x, y] = [this.x(left), this.y(high)];
    const size = `width="${px(this.x(right) - x)}" height="${px(this.y(low) - y)}"`;
    this.#marks.push(
      `<rect class="${className}" x="${px(x)}" y="${px(y)}" ${size}><title>${escapeText(tip)}</title></rect>`,
    );
    return this;
  }

  /** A mark told apart by shape as well as by colour. */
  point(x: number, y: number, shape: Shape, className: string, tip: string): this {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return this;
    const path = outline(shape, this.x(x), this.y(y));
    this.#marks.push(`<path class="${className}" d="${path}"><title>${escapeText(tip)}</title></path>`);
    return this;
  }

  text(x: number, y: number, text: string, className: string, anchor: 'start' | 'middle' | 'end' = 'start'): this {
    const position = `x="${px(this.x(x))}" y="${px(this.y(y))}" text-anchor="${anchor}"`;
    this.#marks.push(`<text class="${className}" ${position}>${escapeText(text)}</text>`);
    return this;
  }

  /** A name on the left of the y axis, at `y`. */
  name(y: number, text: string): this {
    const position = `x="${px(this.#margin.left - 8)}" y="${px(this.y(y) + 4)}" text-anchor="end"`;
    this.#marks.push(`<text ${position}>${escapeText(text)}</text>`);
    return this;
  }

  #axes(): string {
    const { left, right, top, bottom } = this.#margin;
    const [xEnd, yEnd] = [this.#width - right, this.#height - bottom];
    const name = (axis: Axis, value: number): string =>
      escapeText(axis.format?.(value) ?? String(value).replace('-', '−'));
    const places = ({ range, ticks: count }: Axis) => (count === 0 ? [] : ticks(range, count));
    const vertical = places(this.#x).map((value) => {
      const x = px(this.x(value));
      return `<path class="grid" d="M${x} ${top}V${yEnd}"/><text class="tick" x="${x}" y="${yEnd + 17}" text-anchor="middle">${name(this.#x, value)}</text>`;
    });
    const horizontal = places(this.#y).map((value) => {
      const y = this.y(value);
      return `<path class="grid" d="M${left} ${px(y)}H${xEnd}"/><text class="tick" x="${left - 8}" y="${px(y + 4)}" text-anchor="end">${name(this.#y, value)}</text>`;
    });
    const middle = (top + yEnd) / 2;
    return [
      ...vertical,
      ...horizontal,
      `<path class="axis" d="M${left} ${top}V${yEnd}H${xEnd}"/>`,
      `<text class="label" x="${px((left + xEnd) / 2)}" y="${this.#height - 8}" text-anchor="middle">${escapeText(this.#x.label)}</text>`,
      `<text class="label" transform="translate(14 ${px(middle)}) rotate(-90)" text-anchor="middle">${escapeText(this.#y.label)}</text>`,
    ].join('');
  }

  draw(): Markup {
    return svg(this.#title, this.#width, this.#height, this.#axes() + this.#marks.join(''));
  }
}
