/**
 * ONNX models: a graph of operators between named values. Numbers of fields are those of the ONNX specification's onnx.proto
 * (version 3 of the syntax); the operators are those of set 17, which every runtime since 2022 knows.
 */
import { UserError } from '../../util/errors.ts';
import { Message } from './protobuf.ts';

const IR_VERSION = 8;
const OPERATOR_SET = 17;
const FLOAT = 1;
const INT64 = 7;
/** What protocol buffers can hold. */
const MOST_BYTES = 2 ** 31 - 1;

/** Whole numbers become integers, whatever else a number is becomes a float: give `{ float }` where a float may be whole. */
export type OnnxAttribute = number | readonly number[] | string | { float: number };

export interface OnnxNode {
  operator: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxConstant {
  name: string;
  shape: readonly number[];
  data: Float32Array | BigInt64Array;
}

/** An input or output of f32; an axis given by a name may have any size. */
export interface OnnxValue {
  name: string;
  shape: readonly (number | string)[];
}

export interface OnnxModel {
  name: string;
  producer: { name: string; version: string };
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  nodes: readonly OnnxNode[];
  constants: readonly OnnxConstant[];
  /** Any texts about the model. */
  metadata?: Readonly<Record<string, string>>;
}

/** AttributeProto's types by what they hold. */
const ATTRIBUTE = { float: 1, integer: 2, text: 3, integers: 7 } as const;

function attribute(name: string, value: OnnxAttribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'string') return message.text(4, value).integer(20, ATTRIBUTE.text);
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? message.integer(3, value).integer(20, ATTRIBUTE.integer)
      : message.float(2, value).integer(20, ATTRIBUTE.float);
  }
  if ('float' in value) return message.float(2, value.float).integer(20, ATTRIBUTE.float);
  return message.integers(8, value).integer(20, ATTRIBUTE.integers);
}

function node({ operator, inputs, outputs, attributes = {} }: OnnxNode, index: number): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, input);
  for (const output of outputs) message.text(2, output);
  message.text(3, `${operator}_${index}`).text(4, operator);
  for (const [name, value] of Object.entries(attributes)) message.message(5, attribute(name, value));
  return message;
}

/** Typed arrays are little endian, as ONNX, on every machine that has WebGPU. */
function constant({ name, shape, data }: OnnxConstant): Message {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const type = data instanceof Float32Array ? FLOAT : INT64;
  return new Message().integers(1, shape).integer(2, type).text(8, name).bytes(9, bytes);
}

function value({ name, shape }: OnnxValue): Message {
  const axes = new Message();
  for (const size of shape) {
    const axis = new Message();
    axes.message(1, typeof size === 'number' ? axis.integer(1, size) : axis.text(2, size));
  }
  const tensor = new Message().integer(1, FLOAT).message(2, axes);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

/** The file of a model. @throws UserError for one of 2 GiB or more */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const graph = new Message();
  model.nodes.forEach((each, i) => {
    graph.message(1, node(each, i));
  });
  graph.text(2, model.name);
  for (const each of model.constants) graph.message(5, constant(each));
  for (const each of model.inputs) graph.message(11, value(each));
  for (const each of model.outputs) graph.message(12, value(each));
  const message = new Message()
    .integer(1, IR_VERSION)
    .text(2, model.producer.name)
    .text(3, model.producer.version)
    .message(7, graph)
    .message(8, new Message().integer(2, OPERATOR_SET));
  for (const [key, text] of Object.entries(model.metadata ?? {}))
    message.message(14, new Message().text(1, key).text(2, text));
  if (message.size > MOST_BYTES)
    throw new UserError(`the model takes ${message.size} bytes; an ONNX file holds ${MOST_BYTES} at most`);
  return message.toBytes();
}
