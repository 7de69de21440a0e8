// TensorFlow.js takes its WebGPU backend into account only where a browser's entry to WebGPU is.
globalThis.navigator ??= {};
globalThis.navigator.gpu ??= {};
