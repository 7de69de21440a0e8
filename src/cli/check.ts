import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describe, toJson } from '../check/describe.ts';
import { readCaseFile } from '../check/file.ts';
import { checkFile } from '../check/run.ts';
import type { Volume } from '../formats/volume.ts';
import { messageOf, UserError } from '../util/errors.ts';
import { defineCommand, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { largestStudy, nothingUsable, readInput } from './inputs.ts';

async function read(file: string) {
  const bytes = await readFile(file).catch((error) => {
    throw new UserError(`cannot be read: ${messageOf(error)}`);
  });
  return readCaseFile(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), file);
}

/** The CT volume that a case names: a path from the case's own folder, else from the current one. */
async function loadVolume(path: string, file: string, terminal: Terminal): Promise<Volume> {
  const beside = resolve(dirname(file), path);
  const found = await readInput(existsSync(beside) ? beside : path, terminal);
  const study = largestStudy(found.studies);
  if (!study) throw nothingUsable(found, true);
  return study.load();
}

export default defineCommand({
  name: 'check',
  summary: 'run conformance files through the engine and compare with what they expect',
  usage: 'FILE.safetensors…',
  operands: { least: 1, most: Number.POSITIVE_INFINITY },
  options: {},
  details: `Each file holds one case: inputs, and what a reference implementation gave for an operation, a network, a
    training run or a pipeline. For each it prints the worst absolute and relative error with its index, and pass or FAIL.
    The exit status is 0 only if every case holds; a file that cannot be read or names an unknown operation fails.

    With --json each case is one line with one object.`,
  async run({ files, terminal }) {
    const gpu = await openDevice(terminal);
    let failed = 0;
    try {
      for (const file of files) {
        terminal.signal.throwIfAborted();
        const result = await checkFile(
          gpu,
          file,
          () => read(file),
          (path) => loadVolume(path, file, terminal),
        );
        if (!result.pass) failed++;
        if (terminal.json) process.stdout.write(`${toJson(result)}\n`);
        else terminal.print(describe(result));
      }
    } finally {
      gpu.close();
    }
    if (failed > 0) throw new UserError(`${failed} of ${files.length} cases do not hold`);
    terminal.print(`${files.length} of ${files.length} cases hold`);
  },
});
