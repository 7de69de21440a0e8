import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Gpu } from '../gpu/index.ts';
import { type Module, NETWORKS, networkName, saveOnnx, type Tensor } from '../nn/index.ts';
import { EnsembleNetwork } from '../train/ensemble-network.ts';
import { readModelFile } from '../train/model-file.node.ts';
import { createNetwork } from '../train/network.ts';
import { noticeOf } from '../train/predict.ts';
import { UserError } from '../util/errors.ts';
import { defineCommand, type OptionValues, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { fitNetwork, fitOptions, fits, NETWORK_OPTIONS, NETWORKS_LISTED, weightsFile } from './network-file.ts';
import { UsageError } from './parse.ts';

const OPTIONS = {
  run: { type: 'text', value: 'DIR', help: 'run folder, or its model.safetensors: the networks of all folds as one' },
  fold: { type: 'whole', value: 'K', least: 0, help: 'only the network of this fold of the run' },
  ...NETWORK_OPTIONS,
  weights: { type: 'text', value: 'FILE', help: 'its weights: PyTorch, safetensors or npz' },
  size: {
    type: 'whole',
    value: 'N',
    least: 1,
    help: 'side of the pictures (that of the run; what the network was made for)',
  },
  out: { type: 'text', value: 'FILE.onnx', help: 'where to' },
} as const;

type Options = OptionValues<typeof OPTIONS>;

interface Exported {
  /** Shapes by name, without the batch. */
  inputs: Record<string, number[]>;
  outputs: string[];
}

async function exportRun(gpu: Gpu, run: string, out: string, options: Options, terminal: Terminal): Promise<Exported> {
  const model = await readModelFile(run.endsWith('.safetensors') ? run : path.join(run, 'model.safetensors'));
  const members = model.members.filter(({ fold }) => options.fold === undefined || fold === options.fold);
  if (members.length === 0) throw new UserError(`${run}: it has no fold ${options.fold}`);
  if (options.size !== undefined && options.size !== model.side)
    throw new UserError(
      `--size ${options.size}: the networks of ${run} take pictures of ${model.side} × ${model.side}`,
    );
  const networks = members.map(({ weights }) => {
    const network = createNetwork(gpu, model.network);
    network.loadStateDict(weights);
    return network;
  });
  const ensemble = new EnsembleNetwork(networks, { members });
  const notice = noticeOf(model);
  const inputs = { picture: [1, model.side, model.side] };
  const metadata = { recipe: JSON.stringify(model.recipe), network: model.network, notice };
  await saveOnnx(out, ensemble, { inputs, name: model.network, metadata });
  ensemble.dispose();
  terminal.print(notice);
  return { inputs, outputs: ['age', 'sigma'] };
}

async function exportNetwork(gpu: Gpu, out: string, options: Options, terminal: Terminal): Promise<Exported> {
  const name = networkName(options.network ?? '');
  const file = options.weights ?? '';
  const { network, inChannels, report } = fitNetwork(gpu, name, await weightsFile(file), await fitOptions(options));
  for (const note of report.notes) terminal.note(note);
  if (!fits(report))
    throw new UserError(`${file}: it does not fit ${name}; agelens weights ${file} --network ${name} says why`);
  const side = options.size ?? NETWORKS[name].side;
  const inputs = { input: [inChannels, side, side] };
  // In use every network gives one tensor.
  await saveOnnx(out, network as Module<Tensor>, { inputs, name });
  network.dispose();
  return { inputs, outputs: ['output'] };
}

function expectOptions({ run, network, weights, fold, map, prefix, out }: Options): string {
  if (!out) throw new UsageError('--out FILE.onnx is missing');
  if (!out.endsWith('.onnx')) throw new UsageError(`--out names a file that ends with .onnx, not "${out}"`);
  if (run ? network || weights || map || prefix : !network || !weights)
    throw new UsageError('give either --run DIR, or --network NAME and --weights FILE');
  if (!run && fold !== undefined) throw new UsageError('--fold is for --run');
  return out;
}

export default defineCommand({
  name: 'export',
  summary: 'write a trained network as an ONNX model, for inference elsewhere',
  details: `Operators are those of set 17, numbers have 32 bits, and batches may have any size.

    Of a run: "picture" [batch, 1, side, side] with values from 0 to 1 becomes "age" and "sigma" in years, as agelens predict
    gives them. Of a network with weights: "input" [batch, channels, side, side] becomes "output" [batch, outputs].

    ${NETWORKS_LISTED}`,
  options: OPTIONS,
  async run({ options, terminal }) {
    const out = expectOptions(options);
    const gpu = await openDevice(terminal);
    try {
      await mkdir(path.dirname(out), { recursive: true });
      const exported = options.run
        ? await exportRun(gpu, options.run, out, options, terminal)
        : await exportNetwork(gpu, out, options, terminal);
      const shapes = Object.entries(exported.inputs).map(([name, shape]) => `${name} [batch, ${shape.join(', ')}]`);
      terminal.print(`${out}: ${shapes.join(', ')} → ${exported.outputs.join(', ')}`);
      return { out, ...exported };
    } finally {
      gpu.close();
    }
  },
});
