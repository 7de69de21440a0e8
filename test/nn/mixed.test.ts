import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import * as nn from '../../src/nn/index.ts';
import { randomStream } from '../../src/util/random.ts';
import { halfSuite } from '../support/half.ts';

const { functional: F, optim, scope, tensor } = nn;
const test = halfSuite('nn.mixed');

/** Two blocks of convolution, batch norm and ReLU with a residual, then a linear layer. */
class Small extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly fc: nn.Linear;

  constructor(gpu: Gpu) {
    super();
    this.conv1 = new nn.Conv2d(gpu, 1, 8, 3, { padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(gpu, 8);
    this.conv2 = new nn.Conv2d(gpu, 8, 8, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(gpu, 8);
    this.fc = new nn.Linear(gpu, 8, 1);
  }

  forward(x: nn.Tensor): nn.Tensor {
    return scope(() => {
      const first = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
      const second = this.bn2.forward(this.conv2.forward(first), { residual: first, activation: 'relu' });
      return this.fc.forward(F.flatten(F.adaptiveAvgPool2d(F.maxPool2d(second, 2), 1), 1));
    });
  }
}

const [BATCH, SIDE] = [8, 15];

/** Pictures of stripes, whose target is how wide they are. */
function stripes(): { pictures: Float32Array; targets: Float32Array } {
  const stream = randomStream(5, 'stripes');
  const targets = Float32Array.from({ length: BATCH }, () => stream.uniform(0.5, 2.5));
  const pictures = Float32Array.from({ length: BATCH * SIDE * SIDE }, (_, i) => {
    const width = targets[Math.floor(i / (SIDE * SIDE))] as number;
    return Math.sin((i % SIDE) * width) + 0.1 * stream.uniform(-1, 1);
  });
  return { pictures, targets };
}

interface Trained {
  losses: number[];
  weights: nn.StateDict;
  /** Bytes that were held between forward and backward pass. */
  held: number;
  skipped: number;
}

/** Trains for some steps, the first one eagerly, the others as its replay where `recorded`. */
async function train(
  gpu: Gpu,
  mixed: boolean,
  { steps = 40, recorded = true, initScale = 2 ** 16 } = {},
): Promise<Trained> {
  const net = new Small(gpu).initialise(1);
  const scaler = mixed ? new optim.GradScaler(gpu, { initScale }) : undefined;
  const optimizer = new optim.AdamW(net.namedParameters(), { lr: 0.02, scaler, clipNorm: 5 });
  const data = stripes();
  const x = tensor(gpu, data.pictures, [BATCH, 1, SIDE, SIDE]);
  const y = tensor(gpu, data.targets, [BATCH, 1]);
  const kept = gpu.alloc(4);
  let held = 0;
  const step = () =>
    scope(() => {
      const before = gpu.memory.inUse;
      const output = mixed ? nn.autocast(gpu, () => net.forward(x)) : net.forward(x);
      held = gpu.memory.inUse - before;
      const loss = F.mseLoss(output, y);
      gpu.copy(loss.buffer, kept, 4);
      loss.backward(scaler?.scale);
      optimizer.apply();
      optimizer.zeroGrad();
    });
  const losses: number[] = [];
  let replay = step;
  let release = () => {};
  for (let i = 0; i < steps; i++) {
    optimizer.advance();
    if (recorded && i === 0) {
      const { recording } = gpu.record(step);
      replay = () => recording.replay();
      release = () => recording.release();
    } else replay();
    losses.push(new Float32Array(await gpu.read(kept))[0] as number);
  }
  const result = { losses, weights: await net.stateDict(), held, skipped: (await scaler?.skipped()) ?? 0 };
  release();
  kept.release();
  for (const owner of [net, optimizer, x, y, ...(scaler ? [scaler] : [])]) owner.dispose();
  return result;
}

test('a small network learns in mixed precision nearly as it does in f32, in less memory', async (gpu) => {
  const [mixed, full] = [await train(gpu, true), await train(gpu, false)];
  const [first, last] = [full.losses[0] as number, full.losses.at(-1) as number];
  assert.ok(last < 0.1 * first, `f32 learns: ${first} to ${last}`);
  assert.ok((mixed.losses.at(-1) as number) < 1.1 * last + 1e-3 * first, `${mixed.losses.at(-1)}, f32 ${last}`);
  assert.ok(mixed.held < 0.65 * full.held, `${mixed.held} bytes, f32 ${full.held}`);
});

test('the same bits eager and recorded, through an overflow too', async (gpu) => {
  const options = { steps: 10, initScale: 2 ** 24 };
  const [recorded, eager] = [await train(gpu, true, options), await train(gpu, true, { ...options, recorded: false })];
  assert.ok(recorded.skipped > 0 && recorded.skipped < 10, `${recorded.skipped} steps skipped`);
  assert.equal(eager.losses, recorded.losses);
  assert.equal(eager.weights, recorded.weights);
  const before = recorded.losses.slice(0, recorded.skipped);
  assert.ok(
    before.every((loss) => loss === before[0]),
    'skipped steps change nothing',
  );
});

test.run();
