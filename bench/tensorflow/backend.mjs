// TensorFlow.js on a device of Dawn, in Node.
import './navigator.mjs';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';

/** Limits that its backend asks an adapter for, as its own start in a browser does. */
export const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/** Makes TensorFlow.js compute on `device`. */
export async function start(device, info, flags) {
  tf.removeBackend('webgpu'); // the one that would ask a browser for a device
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, info));
  await tf.setBackend('webgpu');
  await tf.ready();
  for (const [flag, value] of Object.entries(flags)) tf.env().set(flag, value);
}

/**
 * Compiles the programs of `step` side by side, which is faster than one after the other as they are met. Nothing is
 * computed meanwhile.
 */
export async function compile(step) {
  tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', true);
  step();
  await tf.backend().checkCompileCompletionAsync();
  tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', false);
}
