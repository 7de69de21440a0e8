// Fits a curve with a small network, and saves and loads it: the shape of every program with this library.
import { arange, nn, openGpu, optim, scope, type Tensor } from 'agelens';

const gpu = await openGpu(); // tensors and layers lie on this device unless another is named

class Curve extends nn.Module {
  fc1 = new nn.Linear(1, 32);
  fc2 = new nn.Linear(32, 1);

  forward(x: Tensor): Tensor {
    return this.fc2.forward(this.fc1.forward(x).tanh());
  }
}

const x = arange(-2, 2, 1 / 16).reshape([64, 1]);
const y = x.square().neg().exp(); // a bell

const net = new Curve().initialise(1);
const optimizer = new optim.AdamW(net.namedParameters(), { lr: 0.02 });
const scheduler = new optim.Scheduler(optimizer, optim.cosineAnnealingLR({ tMax: 200 }));

for (let step = 0; step < 200; step++) {
  // What a step makes is freed at its end, but for parameters, gradients and the optimiser's state.
  scope(() => {
    optimizer.zeroGrad();
    net.forward(x).mseLoss(y).backward();
    optimizer.step();
  });
  scheduler.step();
}

const error = await net.forward(x).sub(y).abs().max().item();
console.log(`largest error ${error.toFixed(4)}`);

// In Node `await net.save('curve.safetensors')` and `await copy.load('curve.safetensors')` do the same with a file.
const copy = new Curve();
await copy.load(await net.toSafetensors());
const same = (await copy.forward(x).sub(net.forward(x)).abs().max().item()) === 0;
console.log(`the copy gives ${same ? 'the same' : 'other'} values`);
gpu.close();

export { error, same };
