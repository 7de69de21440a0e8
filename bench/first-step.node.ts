/**
 * Times the first step in a process that has compiled nothing, and prints the times as JSON. Started by first-steps.node.ts.
 *
 *   node bench/dist/first-step.node.js agelens|tensorflow KEY
 */

import { timeOf } from '../src/bench/measure.node.ts';
import { openGpu } from '../src/gpu/index.ts';
import { agelens } from './agelens.ts';
import { data, FIRST_CASES } from './cases.ts';
import { tensorflow } from './tensorflow.node.ts';
import { weights } from './weights.ts';

const [name, key] = process.argv.slice(2);
const each = FIRST_CASES.find((one) => one.key === key);
if (!each) throw new Error(`there is no first step "${key}"`);
const gpu = await openGpu();
const state = await weights(gpu, each.network);
const engine = name === 'agelens' ? agelens(gpu) : await tensorflow(gpu);
const { pictures, targets } = data(each);
const timing = await timeOf(async () => {
  const job = { ...each, state, learningRate: 1e-4 };
  const runner = each.kind === 'train' ? engine.trainer(job) : engine.predictor(job);
  await runner.compile();
  await runner.step(pictures, targets);
});
console.log(JSON.stringify(timing));
process.exit(0);
