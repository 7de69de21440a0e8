import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Allowance } from '../formats/allowance.ts';
import { writeFileAtomically } from '../formats/files.node.ts';
import { quote } from '../formats/quote.ts';
import { type StoredTensor, writeSafetensors } from '../formats/safetensors.ts';
import type { Weights } from '../formats/weights.ts';
import { type LoadReport, type NetworkName, networkName } from '../nn/index.ts';
import { UserError } from '../util/errors.ts';
import { defineCommand, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { columns } from './help.ts';
import {
  type Fit,
  fitNetwork,
  fitOptions,
  fits,
  NETWORK_OPTIONS,
  NETWORKS_LISTED,
  weightsFile,
} from './network-file.ts';
import { UsageError } from './parse.ts';

function printTensors(terminal: Terminal, { tensors, format, notes }: Weights, file: string): void {
  const all = [...tensors];
  const numbers = all.reduce((sum, [, { size }]) => sum + size, 0);
  terminal.print(`${file}: ${format}, ${all.length} tensors, ${numbers.toLocaleString('en')} numbers`);
  for (const note of notes) terminal.note(note);
  terminal.print(columns(all.map(([name, { dtype, shape }]) => [name, `${dtype} [${shape.join(', ')}]`])));
}

function printFit(terminal: Terminal, name: NetworkName, { inChannels, outChannels, report }: Fit): void {
  const what = `${name} with ${inChannels} ${inChannels === 1 ? 'channel' : 'channels'} and ${outChannels} outputs`;
  for (const note of report.notes) terminal.note(note);
  if (fits(report)) return terminal.print(`${what}: every tensor fits`);
  const { missing, unexpected, misshapen } = report;
  terminal.print(`${what}: ${missing.length} missing, ${unexpected.length} unexpected, ${misshapen.length} mis-shaped`);
  for (const [kind, names] of Object.entries({ missing, unexpected, 'mis-shaped': misshapen }))
    for (const each of names) terminal.print(`  ${kind}: ${each}`);
}

async function fitIn(
  terminal: Terminal,
  name: NetworkName,
  weights: Weights,
  options: Parameters<typeof fitOptions>[0],
): Promise<Fit> {
  const how = await fitOptions(options);
  const gpu = await openDevice(terminal);
  try {
    const fit = fitNetwork(gpu, name, weights, how);
    await gpu.finish();
    return fit;
  } finally {
    gpu.close();
  }
}

function expectFit(file: string, name: NetworkName, report: LoadReport): void {
  if (fits(report)) return;
  const { missing, unexpected, misshapen } = report;
  throw new UserError(
    `${file}: it does not fit ${name}: ${missing.length} missing, ${unexpected.length} unexpected, ${misshapen.length} mis-shaped`,
  );
}

/** Tensors may share their memory in `file`, of which each gets its own: as many bytes as the readers would take, no more. */
async function convert(file: string, out: string, tensors: ReadonlyMap<string, StoredTensor>): Promise<void> {
  const allowance = new Allowance(file, (await stat(file)).size);
  for (const [name, { bytes }] of tensors) allowance.take(bytes.length, `writing tensor ${quote(name)} by itself`);
  await mkdir(dirname(out), { recursive: true });
  await writeFileAtomically(out, writeSafetensors(tensors, { format: 'pt' }));
}

export default defineCommand({
  name: 'weights',
  summary: 'list the tensors of a file of weights, see whether they fit a network, convert to safetensors',
  usage: 'FILE',
  operands: { least: 1, most: 1 },
  details: `FILE is safetensors, PyTorch (.pth, .pt, .th, Lightning's .ckpt, of any age), npz or npy; the kind is found in its
    contents. No code of the file is ever run: a pickle that asks for any is refused.

    Numbers of channels and outputs are the file's own. With --out the tensors are written as they are, under the names of
    the network where one is given.

    ${NETWORKS_LISTED}`,
  options: {
    ...NETWORK_OPTIONS,
    strict: { type: 'switch', help: 'fail unless every tensor fits the network' },
    out: { type: 'text', value: 'FILE.safetensors', help: 'write the tensors there' },
  },
  async run({ options, files: [file = ''], terminal }) {
    const { out } = options;
    const name = options.network === undefined ? null : networkName(options.network);
    if (!name && (options.strict || options.map || options.prefix))
      throw new UsageError('--strict, --map and --prefix need --network NAME');
    if (out && !out.endsWith('.safetensors'))
      throw new UsageError(`${out}: the output's name must end in .safetensors`);
    const weights = await weightsFile(file);
    printTensors(terminal, weights, file);
    const fit = name ? await fitIn(terminal, name, weights, options) : null;
    if (name && fit) {
      printFit(terminal, name, fit);
      if (options.strict) expectFit(file, name, fit.report);
    }
    if (out) {
      await convert(file, out, fit?.tensors ?? weights.tensors);
      terminal.print(out);
    }
    return {
      file,
      format: weights.format,
      notes: weights.notes,
      tensors: [...weights.tensors].map(([tensor, { dtype, shape }]) => ({ name: tensor, dtype, shape })),
      network: name && fit ? described(name, fit) : null,
      out: out ?? null,
    };
  },
});

const described = (name: NetworkName, { inChannels, outChannels, report }: Fit) => ({
  name,
  in_channels: inChannels,
  out_channels: outChannels,
  fits: fits(report),
  ...report,
});
