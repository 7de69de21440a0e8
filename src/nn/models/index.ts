/** Networks by name, as commands, configurations and conformance files call them. */
import { UserError } from '../../util/errors.ts';
import { suggestion } from '../../util/nearest.ts';
import { resnet20, resnet32, resnet44, resnet56, resnet110 } from './cifar_resnet.ts';
import { type DenseNetOptions, densenet121 } from './densenet.ts';
import { type InceptionOptions, inception_v3 } from './inception.ts';
import type { NetworkOptions } from './options.ts';
import { resnet18, resnet34, resnet50, resnet101 } from './resnet.ts';
import { type SqueezeNetOptions, squeezenet1_0 } from './squeezenet.ts';
import { type VggOptions, vgg11_bn } from './vgg.ts';

export { CifarResNet, resnet20, resnet32, resnet44, resnet56, resnet110 } from './cifar_resnet.ts';
export { DenseNet, type DenseNetOptions, densenet121 } from './densenet.ts';
export { Inception3, type InceptionOptions, type InceptionOutputs, inception_v3 } from './inception.ts';
export type { NetworkOptions } from './options.ts';
export { ResNet, resnet18, resnet34, resnet50, resnet101 } from './resnet.ts';
export { SqueezeNet, type SqueezeNetOptions, squeezenet1_0 } from './squeezenet.ts';
export { Vgg, type VggOptions, vgg11_bn } from './vgg.ts';

/** Options of all networks; each takes those it knows. */
export type AnyNetworkOptions = NetworkOptions & DenseNetOptions & VggOptions & InceptionOptions & SqueezeNetOptions;

const IMAGENET = 224;
const CIFAR = 32;

/** Modules whose outputs are a sixteenth and an eighth of the picture's side, to explain large and small pictures by. */
const STAGES = { sixteenth: 'layer3', eighth: 'layer2' };

/**
 * Torchvision's networks under its names, and the ResNets for small pictures, which halve them but twice. `side`: of the
 * pictures they were made for.
 */
export const NETWORKS = {
  resnet18: { make: resnet18, side: IMAGENET, ...STAGES },
  resnet34: { make: resnet34, side: IMAGENET, ...STAGES },
  resnet50: { make: resnet50, side: IMAGENET, ...STAGES },
  resnet101: { make: resnet101, side: IMAGENET, ...STAGES },
  densenet121: {
    make: densenet121,
    side: IMAGENET,
    sixteenth: 'features.denseblock3',
    eighth: 'features.denseblock2',
  },
  vgg11_bn: { make: vgg11_bn, side: IMAGENET, sixteenth: 'features.27', eighth: 'features.20' },
  inception_v3: { make: inception_v3, side: 299, sixteenth: 'Mixed_6e', eighth: 'Mixed_5d' },
  squeezenet1_0: { make: squeezenet1_0, side: IMAGENET, sixteenth: 'features.12', eighth: 'features.10' },
  resnet20: { make: resnet20, side: CIFAR, ...STAGES },
  resnet32: { make: resnet32, side: CIFAR, ...STAGES },
  resnet44: { make: resnet44, side: CIFAR, ...STAGES },
  resnet56: { make: resnet56, side: CIFAR, ...STAGES },
  resnet110: { make: resnet110, side: CIFAR, ...STAGES },
} as const;

/** Names of the networks. */
export type NetworkName = keyof typeof NETWORKS;
/** Any of the networks. */
export type Network = ReturnType<(typeof NETWORKS)[NetworkName]['make']>;

/** Names of all networks. */
export const NETWORK_NAMES = Object.keys(NETWORKS) as NetworkName[];

/** The same name. @throws UserError unless there is such a network */
export function networkName(name: string): NetworkName {
  if (Object.hasOwn(NETWORKS, name)) return name as NetworkName;
  throw new UserError(
    `there is no network "${name}"${suggestion(name, NETWORK_NAMES)}; known are ${NETWORK_NAMES.join(', ')}`,
  );
}

/** A network by its name. @throws UserError unless there is such a network */
export function createNetwork(name: NetworkName, options: AnyNetworkOptions): Network {
  return NETWORKS[networkName(name)].make(options);
}
