// An operation of one's own in WGSL, with its gradient, checked by differences and then trained with.
//
//   snake(x) = x + sin²(a · x) / a            (Ziyin, Hartwig and Ueda 2020: an activation that can learn periodic curves)
//   snake'(x) = 1 + sin(2a · x)
import {
  arange,
  defineKernel,
  grad,
  linearWorkgroups,
  nn,
  openGpu,
  operation,
  optim,
  scope,
  type Tensor,
} from 'agelens';

// A kernel's bindings and sizes are read from its source; TypeScript passes them by these names. `Scalar` is the type of the
// numbers in the buffers. A constant is put ahead of the source by `.with({ … })`, and each set of values compiles once.
const forward = defineKernel({
  name: 'snake.forward',
  source: /* wgsl */ `
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  let s = sin(A * f32(x[i]));
  y[i] = Scalar(f32(x[i]) + s * s / A);
}`,
});

const backward = defineKernel({
  name: 'snake.backward',
  source: /* wgsl */ `
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> gy: array<Scalar>;
@group(0) @binding(2) var<storage, read_write> gx: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= sizes.n) { return; }
  gx[i] = Scalar(f32(gy[i]) * (1.0 + sin(2.0 * A * f32(x[i]))));
}`,
});

/** x + sin²(a · x) / a, element by element. */
function snake(x: Tensor, a = 1): Tensor {
  const { gpu, shape, size: n, buffer: input } = x;
  const y = nn.empty(gpu, shape);
  const workgroups = linearWorkgroups(n, 64);
  gpu.dispatch(forward.with({ A: a }), { buffers: { x: input, y: y.buffer }, sizes: { n }, workgroups });
  return operation(y, {
    name: 'snake',
    inputs: [x],
    saved: [input], // held until the backward pass has run
    backward(gy) {
      const gx = gpu.alloc(4 * n, 'snake gradient');
      gpu.dispatch(backward.with({ A: a }), { buffers: { x: input, gy, gx }, sizes: { n }, workgroups });
      return [gx];
    },
  });
}

const gpu = await openGpu();

// The gradient against differences, which f32 gives to two or three digits.
const places = arange(-3, 3, 0.25);
const gradient = await grad((x: Tensor) => snake(x).sum())(places).toArray();
const step = 0.03;
const difference = await snake(places.add(step))
  .sub(snake(places.sub(step)))
  .div(2 * step)
  .toArray();
const worst = Math.max(...gradient.map((value, i) => Math.abs(value - (difference[i] as number))));
console.log(`gradient and differences agree to ${worst.toExponential(1)}`);

// A network with it learns a wave.
class Wave extends nn.Module {
  fc1 = new nn.Linear(1, 32);
  fc2 = new nn.Linear(32, 1);

  forward(x: Tensor): Tensor {
    return this.fc2.forward(snake(this.fc1.forward(x), 4));
  }
}

const x = arange(-3, 3, 1 / 16).reshape([96, 1]);
const target = nn.functional.sub(snake(x.mul(3)), x.mul(3)); // sin²(3x)
const net = new Wave().initialise(1);
const optimizer = new optim.Adam(net.namedParameters(), { lr: 0.02 });
const train = () =>
  scope(() => {
    optimizer.zeroGrad();
    const loss = net.forward(x).mseLoss(target);
    loss.backward();
    optimizer.step();
    return loss;
  });
const first = await train().item();
for (let i = 0; i < 150; i++) train().dispose();
const last = await train().item();
console.log(`loss ${first.toFixed(3)} became ${last.toFixed(4)}`);
gpu.close();

export { first, last, worst };
