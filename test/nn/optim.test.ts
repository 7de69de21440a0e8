import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import { functional as F, Linear, Module, optim, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.optim');

type Nested = number | Nested[];
type Named<T> = Record<string, T>;
type Options = Record<string, unknown>;

const json = async (name: string) => JSON.parse(new TextDecoder().decode(await readFixture(`reference/optim/${name}`)));
/** torch's keyword in this library's writing: `weight_decay` is `weightDecay`, `T_max` is `tMax`. */
const keyword = (name: string) =>
  name.replace(/^./, (first) => first.toLowerCase()).replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
const keywords = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [keyword(name), value]));

function near(actual: number, expected: number, what: string, tolerance = 1e-12): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * (1 + Math.abs(expected)), `${what}: ${actual}, not ${expected}`);
}

const learned = (gpu: Gpu, values: readonly number[] | Float32Array<ArrayBuffer>) =>
  tensor(gpu, Float32Array.from(values), [values.length], { requiresGrad: true });

/** An optimiser of one made-up parameter for each rate. */
function withRates(gpu: Gpu, rates: readonly number[]): optim.SGD {
  const groups = rates.map((lr) => ({ parameters: [learned(gpu, [0])], lr }));
  return new optim.SGD(groups, { momentum: 0.9 });
}

function release(optimizer: optim.Optimizer): void {
  for (const { parameters } of optimizer.groups) for (const each of parameters.values()) each.dispose();
  optimizer.dispose();
}

interface ReferenceSchedule {
  kind: string;
  arguments: Options;
  base: number[];
  lr: number[][];
  momentum: number[][];
}

const SCHEDULES: Named<(options: never) => optim.Schedule | optim.Schedules> = {
  StepLR: optim.stepLR,
  MultiStepLR: optim.multiStepLR,
  LinearLR: optim.linearLR,
  CosineAnnealingLR: optim.cosineAnnealingLR,
  OneCycleLR: optim.oneCycleLR,
};

test('schedules give the rates and momenta of torch.optim.lr_scheduler', async () => {
  const gpu = await testGpu();
  const { schedules } = (await json('schedules.json')) as { schedules: Named<ReferenceSchedule> };
  for (const [name, reference] of Object.entries(schedules)) {
    const optimizer = withRates(gpu, reference.base);
    const make = SCHEDULES[reference.kind] as (options: unknown) => optim.Schedule;
    const scheduler = new optim.Scheduler(optimizer, make(keywords(reference.arguments)));
    reference.lr.forEach((rates, step) => {
      rates.forEach((rate, group) => {
        near(optimizer.groups[group]?.lr as number, rate, `${name}, step ${step}, group ${group}`);
        const momentum = reference.momentum[step]?.[group] as number;
        near(optimizer.momentum(group), momentum, `${name}, step ${step}, momentum of group ${group}`);
      });
      if (step < reference.lr.length - 1) scheduler.step();
    });
    release(optimizer);
  }
});

test('a warm-up before a cosine is torch’s SequentialLR of both, and any position can be taken up', async () => {
  const gpu = await testGpu();
  const { warmUp } = await json('schedules.json');
  const {
    base,
    warmUp: rising,
    total,
    lr,
  } = warmUp as { base: number[]; warmUp: number; total: number; lr: number[][] };
  const cosine = optim.cosineAnnealingLR({ tMax: total - rising });
  const linear = optim.linearLR({ startFactor: 1 / rising, totalIters: rising - 1 });
  const optimizer = withRates(gpu, base);
  const scheduler = new optim.Scheduler(optimizer, optim.warmUp(rising, cosine));
  lr.forEach((rates, step) => {
    scheduler.position = step;
    rates.forEach((rate, group) => {
      near(optimizer.groups[group]?.lr as number, rate, `step ${step}`);
      near(optim.sequentialLR([linear, cosine], [rising])(base[group] as number, step), rate, `in sequence, ${step}`);
    });
  });
  const own = new optim.Scheduler(optimizer, [optim.stepLR({ stepSize: 1 }), (rate, step) => rate + step]);
  own.step();
  near(optimizer.groups[0]?.lr as number, 0.1 * (lr.at(-1)?.[0] as number), 'first group');
  near(optimizer.groups[1]?.lr as number, 1 + (lr.at(-1)?.[1] as number), 'second group');
  release(optimizer);
});

test('rates fall when a metric stops to improve, as ReduceLROnPlateau, also after a state was loaded', async () => {
  const gpu = await testGpu();
  type Plateau = { arguments: Options; base: number[]; metrics: (number | null)[]; lr: number[][] };
  const { plateaus } = (await json('schedules.json')) as { plateaus: Named<Plateau> };
  for (const [name, { arguments: options, base, metrics, lr }] of Object.entries(plateaus)) {
    const make = () => {
      const optimizer = withRates(gpu, base);
      return { optimizer, scheduler: new optim.ReduceLROnPlateau(optimizer, keywords(options)) };
    };
    let run = make();
    metrics.forEach((metric, call) => {
      run.scheduler.step(metric ?? Number.NaN);
      const state = JSON.parse(JSON.stringify(run.scheduler.stateDict()));
      release(run.optimizer);
      run = make();
      run.scheduler.loadStateDict(state);
      const rates = run.optimizer.groups.map((group) => group.lr);
      rates.forEach((rate, group) => {
        near(rate, lr[call]?.[group] as number, `${name}, call ${call}`);
      });
    });
    release(run.optimizer);
  }
});

interface ReferenceTraining {
  kind: 'SGD' | 'Adam' | 'AdamW';
  arguments: Options;
  own: Options;
  clip: number;
  cycle: { maxLr: number[]; totalSteps: number };
  start: Named<Nested>;
  gradients: Named<Nested>[];
  norms: number[];
  final: Named<Nested>;
}

const numbers = (nested: Nested | undefined): number[] => [nested ?? []].flat(3) as number[];

for (const fused of [true, false]) {
  test(`groups, ${fused ? 'clipNorm' : 'clipGradNorm'} and one cycle against torch`, async () => {
    const gpu = await testGpu();
    const { trainings } = (await json('groups.json')) as { trainings: Named<ReferenceTraining> };
    for (const [name, reference] of Object.entries(trainings)) {
      const parameters = Object.fromEntries(
        Object.entries(reference.start).map(([key, values]) => [key, learned(gpu, numbers(values))]),
      ) as Record<'a' | 'b' | 'c', Tensor>;
      const { a, b, c } = parameters;
      const groups = [
        { parameters: new Map(Object.entries({ a, b })) },
        { parameters: [c], ...keywords(reference.own) },
      ];
      const options = { ...keywords(reference.arguments), clipNorm: fused ? reference.clip : undefined };
      const optimizer = new optim[reference.kind](groups, options) as optim.Optimizer;
      const cycles = reference.cycle.maxLr.map((maxLr) => optim.oneCycleLR({ ...reference.cycle, maxLr }));
      const scheduler = new optim.Scheduler(optimizer, cycles);
      for (const [step, gradients] of reference.gradients.entries()) {
        optimizer.zeroGrad();
        scope(() => {
          for (const [key, parameter] of Object.entries(parameters))
            F.sum(F.mul(parameter, tensor(gpu, numbers(gradients[key])))).backward();
        });
        if (!fused) {
          const norm = optim.clipGradNorm([a, b, c], reference.clip);
          near(await norm.item(), reference.norms[step] as number, `${name}, norm of step ${step}`, 1e-6);
          norm.dispose();
        }
        optimizer.step();
        scheduler.step();
      }
      for (const [key, parameter] of Object.entries(parameters)) {
        const expected = numbers(reference.final[key]);
        (await parameter.toArray()).forEach((value, i) => {
          near(value, expected[i] as number, `${name}, ${key}[${i}]`, 2e-5);
        });
      }
      release(optimizer);
    }
  });
}

test('elements beyond the limit are set to it, NaN and what lies within are left alone', async () => {
  const gpu = await testGpu();
  const x = learned(gpu, [0, 0, 0, 0, 0, 0]);
  scope(() => F.mul(x, 1).backward(tensor(gpu, [0.5, -0.5, 3, -3, Number.NaN, 1])));
  optim.clipGradValue([x], 1);
  assert.equal([...((await x.grad?.toArray()) ?? [])], [0.5, -0.5, 1, -1, Number.NaN, 1]);
  x.dispose();
});

test('gradients of several passes add up to those of one on the whole batch', async () => {
  const gpu = await testGpu();
  const run = async (parts: number) => {
    const weight = learned(gpu, [1, -1, 0.5]);
    const optimizer = new optim.SGD([weight], { lr: 0.5, momentum: 0.9 });
    const data = [1, 2, 3, 4, 5, 6, 7, 8, -1, 2, 0, 1];
    for (let step = 0; step < 3; step++) {
      const rows = 4 / parts;
      for (let part = 0; part < parts; part++) {
        scope(() => {
          const x = tensor(gpu, data.slice(part * 3 * rows, (part + 1) * 3 * rows), [rows, 3]);
          F.div(F.mean(F.square(F.sum(F.mul(x, weight), { dim: 1 }))), 100 * parts).backward();
        });
      }
      optimizer.step();
      optimizer.zeroGrad();
    }
    const result = await weight.toArray();
    release(optimizer);
    return result;
  };
  const whole = await run(1);
  (await run(2)).forEach((value, i) => {
    near(value, whole[i] as number, `weight ${i}`, 1e-6);
  });
});

const RULES: Named<(weight: Tensor) => optim.Optimizer> = {
  SGD: (weight) => new optim.SGD([weight], { momentum: 0.9, dampening: 0.5, weightDecay: 0.1 }),
  Adam: (weight) => new optim.Adam([weight], { weightDecay: 0.1 }),
  AdamW: (weight) => new optim.AdamW([weight], { clipNorm: 1 }),
};

for (const [name, make] of Object.entries(RULES)) {
  test(`${name}: recorded under a schedule, and resumed from a state, the same bits`, async () => {
    const gpu = await testGpu();
    const begin = (values: Float32Array<ArrayBuffer>) => {
      const weight = learned(gpu, values);
      const optimizer = make(weight);
      const cycle = optim.oneCycleLR({ maxLr: 0.3, totalSteps: 8 });
      const scheduler = new optim.Scheduler(optimizer, cycle);
      const queue = () =>
        scope(() => {
          optimizer.zeroGrad();
          weight.square().sum().backward();
          optimizer.apply();
        });
      const step = (run: () => void = queue) => {
        optimizer.advance();
        run();
        scheduler.step();
      };
      return { weight, optimizer, scheduler, queue, step };
    };
    const start = Float32Array.of(1, -2, 0.5, 3, 7);
    const whole = begin(start);
    for (let i = 0; i < 6; i++) whole.step();
    const expected = await whole.weight.toArray();

    const recorded = begin(start);
    recorded.optimizer.advance();
    const { recording } = gpu.record(recorded.queue);
    recorded.scheduler.step();
    for (let i = 1; i < 6; i++) recorded.step(() => recording.replay());
    assert.equal(await recorded.weight.toArray(), expected);

    const first = begin(start);
    for (let i = 0; i < 3; i++) first.step();
    const resumed = begin((await first.weight.toArray()).slice());
    resumed.optimizer.loadStateDict(await first.optimizer.stateDict());
    resumed.scheduler.position = 3;
    for (let i = 3; i < 6; i++) resumed.step();
    assert.equal(await resumed.weight.toArray(), expected);
    for (const { optimizer } of [whole, recorded, first, resumed]) release(optimizer);
    recording.release();
  });
}

test('moving averages follow the weights, change places with them, and come back from a state', async () => {
  const gpu = await testGpu();
  const weight = learned(gpu, [1, 2, 3, 4, 5]);
  const weights = new Map([['w', weight]]);
  const ema = new optim.EMA(weights, { decay: 0.75 });
  const { recording } = gpu.record(() => ema.update());
  let expected = [1, 2, 3, 4, 5];
  for (const values of [
    [5, 4, 3, 2, 1],
    [0, 0, 0, 0, 8],
  ]) {
    weight.write(Float32Array.from(values));
    recording.replay();
    expected = expected.map((average, i) => 0.75 * average + 0.25 * (values[i] as number));
  }
  const state = await ema.stateDict();
  assert.equal([...(state.get('w')?.data ?? [])], expected);
  ema.swap();
  assert.equal([...(await weight.toArray())], expected);
  assert.throws(() => ema.update(), /while weights and averages are swapped/);
  assert.throws(() => ema.stateDict(), /call swap\(\) before stateDict/);
  ema.swap();
  assert.equal([...(await weight.toArray())], [0, 0, 0, 0, 8]);
  const other = new optim.EMA(weights);
  other.loadStateDict(state);
  assert.equal(await other.stateDict(), state);
  recording.release();
  for (const each of [ema, other, weight]) each.dispose();
});

test('frozen parameters are passed over, shared ones learned once', async () => {
  const gpu = await testGpu();
  class Tied extends Module<Tensor, [Tensor]> {
    readonly first = new Linear(gpu, 2, 2, { bias: false });
    readonly again = this.first;
    readonly frozen = new Linear(gpu, 2, 1, { bias: false });
    forward(x: Tensor): Tensor {
      return scope(() => F.sum(this.frozen.forward(this.again.forward(this.first.forward(x)))));
    }
  }
  const network = new Tied().initialise(3);
  network.frozen.weight.requiresGrad = false;
  assert.equal([...network.namedParameters().keys()], ['first.weight', 'frozen.weight']);
  const optimizer = new optim.AdamW(network.namedParameters(), { lr: 0.1 });
  const values = async () => [await network.first.weight.toArray(), await network.frozen.weight.toArray()];
  const [shared, kept] = await values();
  scope(() => network.forward(tensor(gpu, [[1, 2]])).backward());
  optimizer.step();
  const [learnedNow, keptNow] = await values();
  assert.not.equal(learnedNow, shared);
  assert.equal(keptNow, kept);
  optimizer.dispose();
  network.dispose();
});

test('mistakes are named', async () => {
  const gpu = await testGpu();
  const [x, y] = [learned(gpu, [1]), learned(gpu, [1, 2])];
  const constant = tensor(gpu, [1]);
  const refused = (make: () => unknown, message: RegExp) => assert.throws(make, message);
  refused(
    () => new optim.SGD([x], { weight_decay: 1 } as never),
    /no option "weight_decay"; did you mean "weightDecay"/,
  );
  refused(() => new optim.SGD([x], { nesterov: true }), /nesterov takes a momentum above 0/);
  refused(() => new optim.SGD([x, x]), /parameter "1" occurs twice/);
  refused(() => new optim.SGD([]), /no parameters to optimise/);
  refused(() => new optim.Adam([constant]), /"0" \[1\] requires no gradient, so it cannot be learned/);
  refused(() => new optim.Adam([x], { betas: [0.9, 1] }), /beta2 is 1; it must be from 0 to below 1/);
  refused(() => new optim.AdamW([{ parameters: [x] }, { parameters: [y], lr: -1 }]), /lr is -1/);
  refused(() => optim.clipGradNorm([x], 1), /no parameter has a gradient/);
  refused(() => optim.clipGradNorm([x], 0), /the limit is 0; it must be above 0/);
  refused(() => optim.sequentialLR([optim.linearLR()], [3]), /1 schedules need one milestone fewer, not 1/);
  refused(() => new optim.EMA(new Map(), { decay: 1 }), /decay is 1/);
  refused(
    () => new optim.SGD({} as never),
    /takes network\.namedParameters\(\), a list of parameters or a list of groups/,
  );
  const optimizer = new optim.SGD([x]);
  refused(() => optimizer.step(), /none of the 1 parameters has a gradient; call backward\(\)/);
  optimizer.lr = Number.NaN;
  refused(() => optimizer.step(), /lr is NaN/);
  refused(() => new optim.Scheduler(optimizer, []), /0 schedules for 1 groups/);
  refused(() => gpu.record(() => optimizer.step()), /SGD: step\(\) and advance\(\) do not belong into a recording/);
  for (const each of [optimizer, x, y, constant]) each.dispose();
});

test.run();
