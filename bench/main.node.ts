/** The benchmark: `npm run bench` builds and starts it. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { LAYER_HEADING, LAYER_NAMES, type LayerRates, layerLine, layerRates } from '../src/bench/layers.node.ts';
import { type Clock, fairClock, type Measured } from '../src/bench/measure.node.ts';
import { openGpu } from '../src/gpu/index.ts';
import type { StateDict } from '../src/nn/index.ts';
import { agelens } from './agelens.ts';
import { CASES, FIRST_CASES, QUICK } from './cases.ts';
import { type StepCost, stepCost } from './cost.node.ts';
import { firstSteps } from './first-steps.node.ts';
import { trainingMemory } from './memory.node.ts';
import { sideBySide } from './side-by-side.node.ts';
import { tensorflow } from './tensorflow.node.ts';
import { weights } from './weights.ts';

const HELP = `npm run bench [-- [KEY…] [--quick] [--json FILE]]

Side by side with TensorFlow.js's WebGPU backend, in turns on the same adapter: their time over ours.

  KEY…         only these: ${[...CASES, ...FIRST_CASES].map(({ key }) => key).join(', ')},
               cost, memory, layers
  --quick      ${QUICK.join(', ')}, cost; few rounds
  --json FILE  every figure as JSON
`;

interface Figures {
  ratios: Record<string, number>;
  measure: Clock;
  [section: string]: unknown;
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, quick: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const known = [...CASES, ...FIRST_CASES].map(({ key }) => key).concat('cost', 'memory', 'layers');
for (const key of positionals) {
  if (known.includes(key)) continue;
  console.error(`there is no "${key}" to measure; there are ${known.join(', ')}`);
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : options.quick ? [...QUICK, 'cost'] : known;
const rounds = options.quick ? { most: 2, budget: 15_000 } : { most: 5, budget: 40_000 };

const gpu = await openGpu();
const { info } = gpu;
const [ours, theirs] = [agelens(gpu), await tensorflow(gpu)];
const [load = 0] = loadavg();
const measure = fairClock(info.kind);

const states = new Map<string, Promise<StateDict>>();
const stateOf = (network: 'resnet18' | 'resnet50') => {
  const state = states.get(network) ?? weights(gpu, network);
  states.set(network, state);
  return state;
};

const milliseconds = (value: number) => value.toFixed(value < 100 ? 1 : 0).padStart(10);
const figures: Figures = {
  ratios: {},
  measure,
  ratios_wall: {},
  ratios_processor: {},
  date: new Date().toISOString(),
  adapter: info.name,
  driver: info.driver,
  kind: info.kind,
  features: [...gpu.features].sort(),
  versions: { agelens: ours.name, tensorflow: theirs.name, node: process.version },
  tensorflow_flags: theirs.flags,
  cores: availableParallelism(),
  processor: cpus()[0]?.model,
  load_before: load,
  cases: {},
  cost: {},
  memory: {},
  layers: {},
};

function enter(key: string, our: Measured, their: Measured, difference: number | null): void {
  const ratio = (by: Clock) => their.shortest[by] / our.shortest[by];
  figures.ratios[key] = ratio(measure);
  (figures.ratios_wall as Record<string, number>)[key] = ratio('wall');
  (figures.ratios_processor as Record<string, number>)[key] = ratio('processor');
  const entry = ({ shortest, rounds: done }: Measured) => ({
    wall_ms: shortest.wall,
    processor_ms: shortest.processor,
    rounds: done,
  });
  (figures.cases as Record<string, unknown>)[key] = { agelens: entry(our), tensorflow: entry(their), difference };
  const [mine, other] = [our.shortest, their.shortest];
  console.log(
    `${key.padEnd(24)}${milliseconds(mine.wall)}${milliseconds(other.wall)}${milliseconds(mine.processor)}${milliseconds(other.processor)}${ratio(measure).toFixed(2).padStart(9)}`,
  );
}

function printCost({ key, dispatches, submits, javascript }: StepCost): void {
  const step = (figures.cases as Record<string, { agelens: { wall_ms: number } }>)[key]?.agelens.wall_ms;
  const share = step ? `, ${((100 * javascript) / step).toFixed(2)} % of the step` : '';
  console.log(
    `${key.padEnd(24)}${dispatches} dispatches, ${submits} submits, ${javascript.toFixed(2)} ms of JavaScript${share}`,
  );
  (figures.cost as Record<string, unknown>)[key] = {
    dispatches,
    submits,
    javascript_ms: javascript,
    javascript_share: step ? javascript / step : null,
  };
}

console.log(`${info.name} (${info.kind}), ${info.driver}; ${availableParallelism()} cores, load ${load.toFixed(1)}`);
console.log(
  `${ours.name} and ${theirs.name}, Node ${process.version}; features ${[...gpu.features].sort().join(', ')}`,
);
console.log(`ratios by ${measure === 'wall' ? 'the clock' : 'processor time, since the machine is busy'}\n`);
// Ahead of everything: once TensorFlow.js has worked in this process, the same calls take a quarter longer.
const costs: StepCost[] = [];
for (const each of CASES.filter(({ key }) => key === 'train_224_b1' || key === 'train_64_b32')) {
  if (chosen.includes('cost')) costs.push(await stepCost(gpu, each, await stateOf('resnet18')));
}
console.log(`milliseconds            agelens     tf.js   agelens     tf.js    ratio`);
console.log(`                              (clock)      (processor)`);
for (const each of CASES.filter(({ key }) => chosen.includes(key))) {
  const result = await sideBySide([ours, theirs], each, await stateOf(each.network), rounds, info.kind);
  enter(each.key, result.ours, result.theirs, result.difference);
}
for (const each of FIRST_CASES.filter(({ key }) => chosen.includes(key))) {
  const result = await firstSteps(each, options.quick ? 1 : 2);
  enter(each.key, result.ours, result.theirs, null);
}
if (costs.length > 0) console.log('\na recorded training step');
costs.forEach(printCost);
if (chosen.includes('memory')) {
  for (const each of CASES.filter(({ key }) => key === 'train_224_b16')) {
    const memory = await trainingMemory(gpu, each, await stateOf('resnet18'));
    const { parameters, gradients, optimizer, activations, allocated, ratio } = memory;
    const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
    console.log(
      `\nmemory of ${each.key}: ${mebibytes(allocated)} MiB, ${ratio.toFixed(2)} times what it cannot do without: parameters ${mebibytes(parameters)}, gradients ${mebibytes(gradients)}, optimiser ${mebibytes(optimizer)}, activations ${mebibytes(activations)} MiB`,
    );
    (figures.memory as Record<string, unknown>)[each.key] = memory;
  }
}
if (chosen.includes('layers')) {
  for (const batch of [1, 4]) {
    console.log(`\nconvolutions of ResNet-18 at 224², batch ${batch}: GFLOP/s and share of the multiply–add peak`);
    console.log(LAYER_HEADING);
    const rows: LayerRates[] = [];
    for await (const row of layerRates(gpu, LAYER_NAMES, batch, 5, measure)) {
      console.log(layerLine(row));
      rows.push(row);
    }
    (figures.layers as Record<string, unknown>)[`b${batch}`] = rows;
  }
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
process.exit(0);
