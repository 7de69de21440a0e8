import type { Gpu } from '../src/gpu/index.ts';
import { keep, noGrad, optim, resnet18, resnet50, scope, zeros } from '../src/nn/index.ts';
import { TrainStep } from '../src/train/step.ts';
import { VERSION } from '../src/util/version.ts';
import type { Engine, Job, Runner } from './engine.ts';

const NETWORKS = { resnet18, resnet50 };

function networkOf(gpu: Gpu, { network, state }: Job) {
  const made = NETWORKS[network]({ gpu, inChannels: 1, outChannels: 2 });
  made.loadStateDict(state);
  return made;
}

/** Training as `agelens train` does it: the first step is recorded, later ones are replayed. */
function trainer(gpu: Gpu, job: Job): Runner {
  const network = networkOf(gpu, job).train();
  const optimizer = new optim.AdamW(network.namedParameters(), { lr: job.learningRate, weightDecay: 0 });
  const step = new TrainStep(gpu, network, optimizer, job.batch, job.side);
  return {
    compile: async () => {},
    step(pictures, targets) {
      step.run(pictures, targets, job.learningRate);
      return step.losses();
    },
    release() {
      step.release();
      optimizer.dispose();
      network.dispose();
    },
  };
}

/** The network in use, recorded with its first batch. */
function predictor(gpu: Gpu, job: Job): Runner {
  const network = networkOf(gpu, job).eval();
  const x = keep(zeros(gpu, [job.batch, 1, job.side, job.side]));
  const { recording, result } = gpu.record(() => keep(noGrad(() => scope(() => network.forward(x)))));
  return {
    compile: async () => {},
    step(pictures) {
      x.write(pictures);
      recording.replay();
      return result.toArray();
    },
    release() {
      result.dispose();
      recording.release();
      x.dispose();
      network.dispose();
    },
  };
}

export function agelens(gpu: Gpu): Engine {
  return {
    name: `agelens ${VERSION}`,
    trainer: (job) => trainer(gpu, job),
    predictor: (job) => predictor(gpu, job),
    close: () => gpu.close(),
  };
}
