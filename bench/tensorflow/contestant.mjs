// What the benchmark calls: ResNets trained and used by TensorFlow.js.
import * as tf from '@tensorflow/tfjs-core';
import { compile, start } from './backend.mjs';

export { LIMITS } from './backend.mjs';

import { inference, trainingForward, variablesOf } from './resnet.mjs';

/** ½ (s + (y − μ)² / exp(s)), mean over the batch. */
function gaussianNll(output, targets) {
  const [mean, s] = tf.unstack(output, 1);
  return tf.mul(0.5, tf.mean(tf.add(s, tf.div(tf.squaredDifference(targets, mean), tf.exp(s)))));
}

/** One optimiser step a call; resolves to the loss when the device is done. */
function trainer({ network, state, batch, side, learningRate }) {
  const variables = variablesOf(state);
  const forward = trainingForward(network, variables);
  const learned = [...variables.values()].filter((variable) => variable.trainable);
  const newOptimizer = () => tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  const queue = (optimizer, pictures, targets) =>
    tf.tidy(() => {
      const x = tf.tensor4d(pictures, [batch, side, side, 1]);
      const y = tf.tensor1d(targets);
      const { value, grads } = tf.variableGrads(() => gaussianNll(forward(x), y), learned);
      optimizer.applyGradients(grads);
      return value;
    });
  const optimizer = newOptimizer();
  return {
    async compile() {
      // A pass that computes nothing spoils the variables: they get their values back.
      const values = [...variables.values()].map((variable) => tf.clone(variable));
      const spoiled = newOptimizer();
      await compile(() => queue(spoiled, new Float32Array(batch * side * side), new Float32Array(batch)).dispose());
      [...variables.values()].forEach((variable, i) => {
        variable.assign(values[i]);
      });
      tf.dispose(values);
      spoiled.dispose();
    },
    async step(pictures, targets) {
      const loss = queue(optimizer, pictures, targets);
      const values = await loss.data();
      loss.dispose();
      return values;
    },
    release() {
      optimizer.dispose();
      tf.dispose([...variables.values()]);
    },
  };
}

/** The network's outputs for a batch a call. */
function predictor({ network, state, batch, side }) {
  const variables = variablesOf(state);
  const { forward, weights } = inference(network, variables);
  tf.dispose([...variables.values()]);
  const queue = (pictures) => tf.tidy(() => forward(tf.tensor4d(pictures, [batch, side, side, 1])));
  return {
    compile: () => compile(() => queue(new Float32Array(batch * side * side)).dispose()),
    async step(pictures) {
      const output = queue(pictures);
      const values = await output.data();
      output.dispose();
      return values;
    },
    release: () => tf.dispose([...weights.values()]),
  };
}

export async function contestant(device, info, flags) {
  await start(device, info, flags);
  return { name: `TensorFlow.js ${tf.version_core}`, trainer, predictor };
}
