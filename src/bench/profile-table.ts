import type { Profile } from '../gpu/index.ts';

/** What an adapter can do at most. */
export interface AdapterRates {
  /** Multiply–adds from registers, counted as two operations. */
  peak_gflops: number;
  /** Bytes read and written by a copy. */
  copy_gbs: number;
}

export interface ProfileRow {
  kernel: string;
  dispatches: number;
  milliseconds: number;
  /** Of all kernels' time. */
  time_share: number;
  gflops: number;
  peak_share: number;
  gbs: number;
  copy_share: number;
}

/** A row for every kernel, longest first. */
export function profileRows(profile: Profile, { peak_gflops, copy_gbs }: AdapterRates): ProfileRow[] {
  const table = profile.table();
  const all = table.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0);
  return table.map(({ name, dispatches, nanoseconds, flops, bytes }) => {
    const [gflops, gbs] = nanoseconds > 0 ? [flops / nanoseconds, bytes / nanoseconds] : [0, 0];
    return {
      kernel: name,
      dispatches,
      milliseconds: nanoseconds / 1e6,
      time_share: all > 0 ? nanoseconds / all : 0,
      gflops,
      peak_share: gflops / peak_gflops,
      gbs,
      copy_share: gbs / copy_gbs,
    };
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** The rows as lines of a table with a heading; shares are those of the multiply–add peak and of a copy's rate. */
export function profileLines(rows: readonly ProfileRow[]): string[] {
  const heading = ['kernel', 'dispatches', 'ms', 'of time', 'GFLOP/s', 'of peak', 'GB/s', 'of copy'];
  const cells = rows.map((row) => [
    row.kernel,
    String(row.dispatches),
    row.milliseconds.toFixed(2),
    percent(row.time_share),
    row.gflops > 0 ? row.gflops.toFixed(1) : '',
    row.gflops > 0 ? percent(row.peak_share) : '',
    row.gbs.toFixed(1),
    percent(row.copy_share),
  ]);
  const table = [heading, ...cells];
  const widths = heading.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)));
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
      )
      .join('  '),
  );
}
