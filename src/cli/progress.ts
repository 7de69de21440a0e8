/** How far a piece of work has come: one line redrawn on a terminal, a few plain lines elsewhere. */
export interface Progress {
  /** `done` of the total is finished. `text` is appended, e.g. the current loss. */
  update(done: number, text?: string): void;
  /** Ends the line. */
  end(text?: string): void;
}

export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const BAR = 24;
/** Off a terminal a line is printed each time another tenth is done. */
const TENTHS = 10;
const REDRAW_MS = 80;

/** "1 h 05 min", "3 min 20 s", "45 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole >= 3600)
    return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${whole} s`;
}

function bar(fraction: number): string {
  const full = Math.round(fraction * BAR);
  return '━'.repeat(full) + '╌'.repeat(BAR - full);
}

/** Time that has passed, and what is left of it: by what was done since, so that work that goes on halfway counts right. */
class Clock {
  readonly #start = performance.now();
  #first: number | null = null;

  /** In seconds. */
  get elapsed(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** "3 min 20 s left" when `done` of the total is finished; nothing before the second call. */
  left(done: number, total: number): string {
    this.#first ??= done > 1 ? done : 0;
    const since = done - this.#first;
    return since > 0 ? `${duration((this.elapsed * (total - done)) / since)} left` : '';
  }
}

/** As much of a line as fits, without the part (set off by two spaces) in which it would break. */
function fitted(text: string, columns: number): string {
  if (text.length <= columns) return text;
  const end = text.lastIndexOf('  ', columns);
  return text.slice(0, end > 0 ? end : columns);
}

class TerminalProgress implements Progress {
  readonly #clock = new Clock();
  #drawn = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly stream: ProgressStream,
    private readonly label: string,
    private readonly total: number,
  ) {
    this.#draw(0, '');
  }

  update(done: number, text = ''): void {
    if (performance.now() - this.#drawn >= REDRAW_MS) this.#draw(done, text);
  }

  end(text = ''): void {
    this.#line(`${this.label}  ${duration(this.#clock.elapsed)}${text && `  ${text}`}`);
    this.stream.write('\n');
  }

  #draw(done: number, text: string): void {
    const fraction = this.total > 0 ? Math.min(1, done / this.total) : 1;
    const left = done > 0 ? this.#clock.left(done, this.total) : '';
    this.#line([this.label, bar(fraction), `${done}/${this.total}`, left, text].filter(Boolean).join('  '));
    this.#drawn = performance.now();
  }

  #line(text: string): void {
    this.stream.write(`\r\x1b[2K${fitted(text, Math.max(20, (this.stream.columns ?? 100) - 1))}`);
  }
}

class PlainProgress implements Progress {
  readonly #clock = new Clock();
  #tenth = 0;

  constructor(
    private readonly stream: ProgressStream,
    private readonly label: string,
    private readonly total: number,
  ) {}

  update(done: number, text = ''): void {
    const left = this.#clock.left(done, this.total);
    const tenth = Math.floor((TENTHS * done) / Math.max(1, this.total));
    if (tenth <= this.#tenth || done >= this.total) return;
    this.#tenth = tenth;
    this.stream.write(`${[`${this.label}: ${done}/${this.total}`, left, text].filter(Boolean).join(', ')}\n`);
  }

  end(text = ''): void {
    this.stream.write(`${this.label}: done in ${duration(this.#clock.elapsed)}${text && `, ${text}`}\n`);
  }
}

/** `total` counts whatever the caller counts. */
export function startProgress(label: string, total: number, stream: ProgressStream = process.stderr): Progress {
  return stream.isTTY && process.env.TERM !== 'dumb'
    ? new TerminalProgress(stream, label, total)
    : new PlainProgress(stream, label, total);
}
