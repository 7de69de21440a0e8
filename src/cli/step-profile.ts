import { writeFile } from 'node:fs/promises';
import { adapterRates } from '../bench/figures.node.ts';
import { fairClock } from '../bench/measure.node.ts';
import { type ProfileRow, profileLines, profileRows } from '../bench/profile-table.ts';
import type { Gpu, Profile } from '../gpu/index.ts';
import type { Terminal } from './command.ts';

/** Steps that a profile covers: those after the first, which compiles. */
const STEPS = 10;

/** Times the kernels of the first steps of a training. */
export class StepProfile {
  readonly #gpu: Gpu;
  #steps = 0;
  #stop: (() => Promise<Profile>) | null = null;
  #profile: Promise<Profile> | null = null;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** To be called when a step is submitted. */
  onStep(): void {
    if (this.#steps === 0) this.#stop = this.#gpu.startProfile();
    else if (this.#steps === STEPS) this.end();
    this.#steps++;
  }

  /** Ends the profile, if it is still being taken. */
  end(): void {
    this.#profile ??= this.#stop?.() ?? null;
  }

  /** Prints the table, and writes the trace where a file is given. */
  async report(terminal: Terminal, file: string | null): Promise<{ steps: number; kernels: ProfileRow[] } | null> {
    const profile = await this.#profile;
    if (!profile) {
      terminal.note('profile: there was no step to time');
      return null;
    }
    const steps = Math.min(STEPS, this.#steps - 1);
    const kernels = profileRows(profile, await adapterRates(this.#gpu, fairClock(this.#gpu.info.kind)));
    terminal.print(`kernels of ${steps} steps, and of what lies between them`);
    for (const line of profileLines(kernels)) terminal.print(line);
    if (file) {
      await writeFile(file, JSON.stringify(profile.trace()));
      terminal.print(`trace: ${file} (open it in ui.perfetto.dev)`);
    }
    return { steps, kernels };
  }
}
