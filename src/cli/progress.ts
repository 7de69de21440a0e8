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

class TerminalProgress implements Progress {
  readonly #start = performance.now();
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
    this.#line(`${this.label}  ${duration(this.#elapsed())}${text && `  ${text}`}`);
    this.stream.write('\n');
  }

  #elapsed(): number {
    return (performance.now() - this.#start) / 1000;
  }

  #draw(done: number, text: string): void {
    const fraction = this.total > 0 ? Math.min(1, done / this.total) : 1;
    const left = done > 0 ? `${duration((this.#elapsed() * (this.total - done)) / done)} left` : '';
    this.#line([this.label, bar(fraction), `${done}/${this.total}`, left, text].filter(Boolean).join('  '));
    this.#drawn = performance.now();
  }

  #line(text: string): void {
    this.stream.write(`\r\x1b[2K${text.slice(0, Math.max(20, (this.stream.columns ?? 100) - 1))}`);
  }
}

class PlainProgress implements Progress {
  readonly #start = performance.now();
  #tenth = 0;

  constructor(
    private readonly stream: ProgressStream,
    private readonly label: string,
    private readonly total: number,
  ) {}

  update(done: number, text = ''): void {
    const tenth = Math.floor((TENTHS * done) / Math.max(1, this.total));
    if (tenth <= this.#tenth || done >= this.total) return;
    this.#tenth = tenth;
    const elapsed = (performance.now() - this.#start) / 1000;
    const left = `${duration((elapsed * (this.total - done)) / done)} left`;
    this.stream.write(`${[`${this.label}: ${done}/${this.total}`, left, text].filter(Boolean).join(', ')}\n`);
  }

  end(text = ''): void {
    this.stream.write(
      `${this.label}: done in ${duration((performance.now() - this.#start) / 1000)}${text && `, ${text}`}\n`,
    );
  }
}

/** `total` counts whatever the caller counts. */
export function startProgress(label: string, total: number, stream: ProgressStream = process.stderr): Progress {
  return stream.isTTY ? new TerminalProgress(stream, label, total) : new PlainProgress(stream, label, total);
}
