// torchvision's residual networks in TensorFlow.js: pictures and activations are [batch, height, width, channels].
import * as tf from '@tensorflow/tfjs-core';

const EPS = 1e-5;
const MOMENTUM = 0.1;

/** Blocks of each stage, and what a block is. */
const NETWORKS = {
  resnet18: { depths: [2, 2, 2, 2], block: basic },
  resnet50: { depths: [3, 4, 6, 3], block: bottleneck },
};

/** From PyTorch's [out, in, height, width] to [height, width, in, out]. */
function filterOf(data, [outs, ins, height, width]) {
  const filter = new Float32Array(data.length);
  const area = height * width;
  for (let out = 0; out < outs; out++)
    for (let channel = 0; channel < ins; channel++)
      for (let tap = 0; tap < area; tap++)
        filter[(tap * ins + channel) * outs + out] = data[(out * ins + channel) * area + tap];
  return tf.tensor4d(filter, [height, width, ins, outs]);
}

const isRunning = (name) => /running_(mean|var)$/.test(name);

/** Parameters and running statistics under PyTorch's names, as variables. */
export function variablesOf(state) {
  const variables = new Map();
  for (const [name, { shape, data }] of state) {
    if (name.endsWith('num_batches_tracked')) continue;
    const value = shape.length === 4 ? filterOf(data, shape) : tf.tensor(data, shape);
    variables.set(name, tf.variable(value, !isRunning(name)));
    value.dispose();
  }
  return variables;
}

/** The layers of a network in training. */
class Training {
  #variables;

  constructor(variables) {
    this.#variables = variables;
  }

  get(name) {
    return this.#variables.get(name);
  }

  /** Convolution, batch norm, what is added (a shortcut), ReLU. */
  layer(x, convolution, norm, { stride, relu, shortcut = null }) {
    const weight = this.get(`${convolution}.weight`);
    const y = tf.conv2d(x, weight, stride, (weight.shape[0] - 1) / 2);
    let z = this.#norm(y, norm);
    if (shortcut) z = tf.add(z, shortcut);
    return relu ? tf.relu(z) : z;
  }

  #norm(x, name) {
    const [weight, bias] = [this.get(`${name}.weight`), this.get(`${name}.bias`)];
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const count = x.size / x.shape[3];
    this.#move(`${name}.running_mean`, mean, 1);
    this.#move(`${name}.running_var`, variance, count / (count - 1));
    return tf.batchNorm(x, mean, variance, bias, weight, EPS);
  }

  #move(name, value, factor) {
    const running = this.get(name);
    running.assign(tf.add(tf.mul(running, 1 - MOMENTUM), tf.mul(value, MOMENTUM * factor)));
  }
}

/** Batch norm is folded into the convolution before it, and bias and ReLU are fused, as its converter does. */
class Inference {
  #weights;

  constructor(weights) {
    this.#weights = weights;
  }

  get(name) {
    return this.#weights.get(name);
  }

  layer(x, convolution, _norm, { stride, relu, shortcut = null }) {
    const [filter, bias] = [this.get(`${convolution}.weight`), this.get(`${convolution}.bias`)];
    const pad = (filter.shape[0] - 1) / 2;
    const activation = relu && !shortcut ? 'relu' : 'linear';
    const y = tf.fused.conv2d({ x, filter, strides: stride, pad, bias, activation });
    return shortcut ? tf.relu(tf.add(y, shortcut)) : y;
  }
}

/** Weights with each batch norm folded into the convolution before it, as new tensors. */
function folded(variables) {
  const weights = new Map(['fc.weight', 'fc.bias'].map((name) => [name, tf.clone(variables.get(name))]));
  for (const [name, variance] of variables) {
    const norm = name.match(/^(.*)\.running_var$/)?.[1];
    if (!norm) continue;
    const convolution = norm.replace(/bn(\d)$/, 'conv$1').replace(/downsample\.1$/, 'downsample.0');
    const [weight, bias, mean] = ['weight', 'bias', 'running_mean'].map((key) => variables.get(`${norm}.${key}`));
    const [filter, offset] = tf.tidy(() => {
      const factor = tf.div(weight, tf.sqrt(tf.add(variance, EPS)));
      return [tf.mul(variables.get(`${convolution}.weight`), factor), tf.sub(bias, tf.mul(mean, factor))];
    });
    weights.set(`${convolution}.weight`, filter);
    weights.set(`${convolution}.bias`, offset);
  }
  return weights;
}

/** The shortcut where size or channels change, else the input itself. */
function shortcutOf(net, x, name, stride, has) {
  return has ? net.layer(x, `${name}.downsample.0`, `${name}.downsample.1`, { stride, relu: false }) : x;
}

function basic(net, x, name, stride, first, stage) {
  const inner = net.layer(x, `${name}.conv1`, `${name}.bn1`, { stride, relu: true });
  const shortcut = shortcutOf(net, x, name, stride, first && stage > 0);
  return net.layer(inner, `${name}.conv2`, `${name}.bn2`, { stride: 1, relu: true, shortcut });
}

function bottleneck(net, x, name, stride, first) {
  const narrow = net.layer(x, `${name}.conv1`, `${name}.bn1`, { stride: 1, relu: true });
  const inner = net.layer(narrow, `${name}.conv2`, `${name}.bn2`, { stride, relu: true });
  const shortcut = shortcutOf(net, x, name, stride, first);
  return net.layer(inner, `${name}.conv3`, `${name}.bn3`, { stride: 1, relu: true, shortcut });
}

function forward(name, net, x) {
  const { depths, block } = NETWORKS[name];
  let y = tf.maxPool(net.layer(x, 'conv1', 'bn1', { stride: 2, relu: true }), 3, 2, 1);
  depths.forEach((depth, stage) => {
    for (let i = 0; i < depth; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      y = block(net, y, `layer${stage + 1}.${i}`, stride, i === 0, stage);
    }
  });
  const features = tf.mean(y, [1, 2]);
  return tf.add(tf.matMul(features, net.get('fc.weight'), false, true), net.get('fc.bias'));
}

/** The forward pass of training; moves the running statistics. */
export const trainingForward = (name, variables) => {
  const net = new Training(variables);
  return (x) => forward(name, net, x);
};

/** The forward pass in use, and the weights it computes with. */
export function inference(name, variables) {
  const weights = folded(variables);
  const net = new Inference(weights);
  return { weights, forward: (x) => forward(name, net, x) };
}
