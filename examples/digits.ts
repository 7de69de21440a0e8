// Reads handwritten digits that it draws itself: strokes, bent and moved at random, learned by a small convolutional network.
import { nn, oneHot, openGpu, optim, scope, type Tensor, tensor } from 'agelens';

const SIDE = 16;
const TRAINING = 1200;
const HELD_OUT = 400;
const BATCH = 50;
const EPOCHS = 5;

/** Strokes of each digit through points in a unit square, y downwards. */
const STROKES: readonly (readonly [number, number][])[][] = [
  [ellipse(0.5, 0.5, 0.28, 0.38)],
  [
    [
      [0.35, 0.25],
      [0.52, 0.12],
      [0.52, 0.88],
    ],
  ],
  [
    [
      [0.25, 0.3],
      [0.38, 0.14],
      [0.62, 0.14],
      [0.74, 0.32],
      [0.62, 0.52],
      [0.25, 0.87],
      [0.77, 0.87],
    ],
  ],
  [
    [
      [0.26, 0.17],
      [0.6, 0.13],
      [0.72, 0.3],
      [0.48, 0.47],
      [0.74, 0.66],
      [0.6, 0.86],
      [0.26, 0.84],
    ],
  ],
  [
    [
      [0.62, 0.12],
      [0.24, 0.62],
      [0.78, 0.62],
    ],
    [
      [0.62, 0.4],
      [0.62, 0.9],
    ],
  ],
  [
    [
      [0.72, 0.13],
      [0.32, 0.13],
      [0.28, 0.46],
      [0.58, 0.42],
      [0.74, 0.62],
      [0.6, 0.85],
      [0.26, 0.84],
    ],
  ],
  [
    [
      [0.64, 0.12],
      [0.36, 0.38],
      [0.28, 0.66],
    ],
    ellipse(0.5, 0.66, 0.22, 0.21),
  ],
  [
    [
      [0.24, 0.14],
      [0.76, 0.14],
      [0.42, 0.88],
    ],
  ],
  [ellipse(0.5, 0.3, 0.19, 0.18), ellipse(0.5, 0.68, 0.24, 0.2)],
  [
    ellipse(0.5, 0.34, 0.22, 0.21),
    [
      [0.72, 0.34],
      [0.66, 0.64],
      [0.5, 0.88],
    ],
  ],
];

function ellipse(x: number, y: number, width: number, height: number): [number, number][] {
  return Array.from({ length: 17 }, (_, i) => {
    const angle = (i / 16) * 2 * Math.PI;
    return [x + width * Math.sin(angle), y - height * Math.cos(angle)];
  });
}

/** Uniform in [0, 1): a small generator (Marsaglia's xorshift), so that every run draws the same digits. */
let state = 2463534242;
function random(low = 0, high = 1): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return low + (high - low) * ((state >>> 0) / 2 ** 32);
}

function distanceToSegment(x: number, y: number, [ax, ay]: [number, number], [bx, by]: [number, number]): number {
  const [dx, dy] = [bx - ax, by - ay];
  const share = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - ax - share * dx, y - ay - share * dy);
}

/** Draws a digit turned, sheared, scaled and moved at random, with a pen of random width, on noisy paper. */
function draw(digit: number, pixels: Float32Array): void {
  const [angle, shear] = [random(-0.25, 0.25), random(-0.25, 0.25)];
  const [width, height] = [random(0.7, 1.05), random(0.75, 1.05)];
  const [moveX, moveY, pen] = [random(-0.1, 0.1), random(-0.1, 0.1), random(0.05, 0.1)];
  const strokes = (STROKES[digit] ?? []).map((stroke) =>
    stroke.map(([x, y]): [number, number] => {
      const [u, v] = [(x - 0.5) * width + shear * (y - 0.5), (y - 0.5) * height];
      const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
      return [0.5 + moveX + cos * u - sin * v, 0.5 + moveY + sin * u + cos * v];
    }),
  );
  for (let i = 0; i < pixels.length; i++) {
    const [x, y] = [((i % SIDE) + 0.5) / SIDE, (Math.floor(i / SIDE) + 0.5) / SIDE];
    const distances = strokes.flatMap((stroke) =>
      stroke.slice(1).map((end, k) => distanceToSegment(x, y, stroke[k] as [number, number], end)),
    );
    const ink = Math.max(0, Math.min(1, (pen - Math.min(...distances)) * SIDE + 0.5));
    pixels[i] = ink + random(-0.15, 0.15);
  }
}

function makeDigits(count: number): { pictures: Float32Array; labels: number[] } {
  const pictures = new Float32Array(count * SIDE * SIDE);
  const labels = Array.from({ length: count }, (_, i) => i % 10);
  labels.forEach((label, i) => {
    draw(label, pictures.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE));
  });
  return { pictures, labels };
}

class Reader extends nn.Module {
  layers = new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(16 * 4 * 4, 10),
  );

  /** pictures [batch, 1, SIDE, SIDE] → a score for each digit [batch, 10] */
  forward(pictures: Tensor): Tensor {
    return this.layers.forward(pictures);
  }
}

const gpu = await openGpu();
const training = makeDigits(TRAINING);
const heldOut = makeDigits(HELD_OUT);

const net = new Reader().initialise(1);
const optimizer = new optim.AdamW(net.namedParameters(), { lr: 5e-3 });
const steps = (EPOCHS * TRAINING) / BATCH;
const scheduler = new optim.Scheduler(optimizer, optim.oneCycleLR({ maxLr: 1e-2, totalSteps: steps }));

for (let epoch = 0; epoch < EPOCHS; epoch++) {
  let last: Tensor | undefined;
  // Digits lie in turn 0 to 9, so any run of BATCH of them has all digits alike.
  for (let start = 0; start < TRAINING; start += BATCH) {
    const pictures = training.pictures.slice(start * SIDE * SIDE, (start + BATCH) * SIDE * SIDE);
    const labels = training.labels.slice(start, start + BATCH);
    last?.dispose();
    last = scope(() => {
      optimizer.zeroGrad();
      const scores = net.forward(tensor(pictures, [BATCH, 1, SIDE, SIDE]));
      const loss = scores.crossEntropy(oneHot(labels, 10));
      loss.backward();
      optimizer.step();
      return loss;
    });
    scheduler.step();
  }
  console.log(`epoch ${epoch + 1}: loss ${(await last?.item())?.toFixed(3)}`);
}

net.eval();
const scores = net.forward(tensor(heldOut.pictures, [HELD_OUT, 1, SIDE, SIDE]));
const { indices } = scores.max({ dim: 1 });
const answers = await indices.toArray<Int32Array>();
const right = heldOut.labels.filter((label, i) => answers[i] === label).length;
const accuracy = right / HELD_OUT;
console.log(`${right} of ${HELD_OUT} digits that it had never seen are read right: ${(100 * accuracy).toFixed(1)} %`);
gpu.close();

export { accuracy };
