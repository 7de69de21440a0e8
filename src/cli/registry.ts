import type { Command } from './command.ts';

type Loader = () => Promise<{ default: Command }>;

// A command's own option table is narrower than `OptionTable`, which only matters inside its file.
const command =
  (load: () => Promise<{ default: unknown }>): Loader =>
  async () =>
    (await load()) as { default: Command };

/** Commands by name, in the order of use; a file is loaded only when its command is called or help is asked for. */
export const COMMANDS: Readonly<Record<string, Loader>> = {
  quickstart: command(() => import('./quickstart.ts')),
  'synth ct': command(() => import('./synth-ct.ts')),
  'prepare ct': command(() => import('./prepare-ct.ts')),
  train: command(() => import('./train.ts')),
  evaluate: command(() => import('./evaluate.ts')),
  validate: command(() => import('./validate.ts')),
  predict: command(() => import('./predict.ts')),
  explain: command(() => import('./explain.ts')),
  report: command(() => import('./report.ts')),
  convert: command(() => import('./convert.ts')),
  export: command(() => import('./export.ts')),
  weights: command(() => import('./weights.ts')),
  check: command(() => import('./check.ts')),
  bench: command(() => import('./bench.ts')),
  doctor: command(() => import('./doctor.ts')),
  serve: command(() => import('./serve.ts')),
};
