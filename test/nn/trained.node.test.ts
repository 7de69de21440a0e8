/**
 * Networks with weights that others trained, on pictures of the shared data, against what PyTorch says of them
 * (test/reference/make_shared.py); skipped where they are absent. Chromium decodes the pictures to the bytes that
 * PyTorch's side sees.
 */
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  createNetwork,
  type FitOptions,
  type NetworkName,
  noGrad,
  scope,
  type Tensor,
  tensor,
} from '../../src/nn/index.ts';
import { runInChromium } from '../support/chromium.node.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';
import { sharedData } from '../support/shared.node.ts';

const test = suite('nn trained by others');
const weights = sharedData('weights');
const images = sharedData('images/imagenet_samples');
const run = weights && images ? test : test.skip;

interface Decoded {
  width: number;
  height: number;
  /** Base64 of three bytes a pixel. */
  colours: string;
}

/** [side, side, 3]: the middle square of a picture, averaged over areas. */
function square({ width, height, colours }: Decoded, side: number): Float64Array {
  const pixels = Buffer.from(colours, 'base64');
  const size = Math.min(width, height);
  const [top, left] = [Math.floor((height - size) / 2), Math.floor((width - size) / 2)];
  const parts = Array.from({ length: side }, (_, i) => areaOf(i, size, side));
  const result = new Float64Array(3 * side * side);
  parts.forEach((rows, y) => {
    parts.forEach((columns, x) => {
      for (const [row, high] of rows) {
        for (const [column, wide] of columns) {
          const at = 3 * ((top + row) * width + left + column);
          for (let c = 0; c < 3; c++)
            (result[3 * (y * side + x) + c] as number) += high * wide * (pixels[at + c] as number);
        }
      }
    });
  });
  return result;
}

/** Pixels of the larger picture that lie in pixel i of the smaller, and what part of it they are. */
function areaOf(i: number, size: number, side: number): [pixel: number, part: number][] {
  const [begin, end] = [(i * size) / side, ((i + 1) * size) / side];
  const pixels: [number, number][] = [];
  for (let pixel = Math.floor(begin); pixel < end && pixel < size; pixel++) {
    pixels.push([pixel, ((Math.min(end, pixel + 1) - Math.max(begin, pixel)) * side) / size]);
  }
  return pixels;
}

/** [3, side, side] of values made of a colour's intensity. */
function planes(picture: Decoded, side: number, order: number[], value: (intensity: number, plane: number) => number) {
  const pixels = square(picture, side);
  return Float32Array.from({ length: pixels.length }, (_, i) => {
    const plane = Math.floor(i / side ** 2);
    return value(pixels[3 * (i % side ** 2) + (order[plane] as number)] as number, plane);
  });
}

const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];
const CAFFE_MEAN = [104, 117, 123];

const cifarInput = (picture: Decoded) =>
  planes(picture, 32, [0, 1, 2], (x, c) => (x / 255 - (MEAN[c] as number)) / (DEVIATION[c] as number));
const caffeInput = (picture: Decoded) => planes(picture, 227, [2, 1, 0], (x, c) => x - (CAFFE_MEAN[c] as number));

const PARTS: Readonly<Record<string, string>> = {
  conv1x1_1: 'squeeze',
  conv1x1_2: 'expand1x1',
  conv3x3_2: 'expand3x3',
};
const PLACES: Readonly<Record<string, number>> = { 2: 3, 3: 4, 4: 5, 5: 7, 6: 8, 7: 9, 8: 10, 9: 12 };

/** Caffe's "fire2/conv1x1_1.w" is torchvision's "features.3.squeeze.weight". */
function fromCaffe(name: string): string {
  return name
    .replace(/\.w$/, '.weight')
    .replace(/\.b$/, '.bias')
    .replace(/^conv1\./, 'features.0.')
    .replace(/^conv_final\./, 'classifier.1.')
    .replace(/^fire(\d)\/(\w+)\./, (_, fire: string, part: string) => `features.${PLACES[fire]}.${PARTS[part]}.`);
}

const cifarFile = (name: string) => `pytorch_resnet_cifar10/pretrained_models/${name}`;

const TRAINED: {
  name: NetworkName;
  file: string;
  side: number;
  input: (picture: Decoded) => Float32Array<ArrayBuffer>;
  options: FitOptions;
  /** Logits that are compared: each so many. */
  every: number;
  /** Pictures at most. */
  most: number;
}[] = [
  {
    name: 'resnet20',
    file: cifarFile('resnet20-12fca82f.th'),
    side: 32,
    input: cifarInput,
    options: {},
    every: 1,
    most: 10,
  },
  {
    name: 'resnet32',
    file: cifarFile('resnet32-d509ac18.th'),
    side: 32,
    input: cifarInput,
    options: {},
    every: 1,
    most: 10,
  },
  {
    name: 'squeezenet1_0',
    file: 'squeezenet_deep_compression/decoded_squeezenet_fp32.npz',
    side: 227,
    input: caffeInput,
    options: { keyMap: fromCaffe },
    every: 50,
    most: 4,
  },
];

type Said = Record<string, { best: number; logits: number[] }>;
const SAID: Record<string, Said> = JSON.parse(
  new TextDecoder().decode(await readFixture('reference/shared-logits.json')),
);

let decoded: Promise<Decoded[]> | null = null;

function pictures(): Promise<Decoded[]> {
  const names = Object.keys(SAID.resnet20 as Said);
  decoded ??= Promise.all(names.map(async (name) => (await readFile(`${images}/${name}`)).toString('base64'))).then(
    (files) => runInChromium<Decoded[]>('nn/pictures.chromium.ts', files),
  );
  return decoded;
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const size = parts[0]?.length ?? 0;
  const whole = new Float32Array(parts.length * size);
  parts.forEach((part, i) => {
    whole.set(part, i * size);
  });
  return whole;
}

for (const { name, file, side, input, options, every, most } of TRAINED) {
  run(`${name} says of every picture what PyTorch says`, async () => {
    const gpu = await testGpu();
    const network = createNetwork(name, { gpu });
    const report = await network.load(`${weights}/${file}`, options);
    assert.equal([report.missing, report.unexpected, report.misshapen], [[], [], []]);
    network.eval();
    const said = Object.entries(SAID[name] as Said).slice(0, most);
    const all = (await pictures()).slice(0, most).map(input);
    const x = tensor(gpu, joined(all), [all.length, 3, side, side]);
    const y = noGrad(() => scope(() => network.forward(x) as Tensor));
    const outputs = await y.toArray();
    said.forEach(([picture, { best, logits }], i) => {
      const values = outputs.subarray((i * outputs.length) / all.length, ((i + 1) * outputs.length) / all.length);
      assert.is(values.indexOf(Math.max(...values)), best, picture);
      const room = 1e-4 * Math.max(...values.map(Math.abs));
      logits.forEach((expected, k) => {
        const actual = values[k * every] as number;
        assert.ok(Math.abs(actual - expected) < room, `${picture}, logit ${k * every}: ${actual}, PyTorch ${expected}`);
      });
    });
    for (const each of [x, y]) each.dispose();
    network.dispose();
  });
}

test.run();
