// What the package offers to TypeScript before 6.0, whose own declarations lack WebGPU.
/// <reference types="@webgpu/types" preserve="true" />
export * from '../src/index.ts';
