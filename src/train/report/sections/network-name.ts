import type { NetworkName } from '../../../nn/index.ts';
import type { Work } from '../references.ts';

const NETWORKS: Partial<Record<NetworkName, [title: string, ...works: Work[]]>> = {
  resnet18: ['ResNet-18', 'resnet'],
  resnet34: ['ResNet-34', 'resnet'],
  resnet50: ['ResNet-50', 'resnet'],
  resnet101: ['ResNet-101', 'resnet'],
  densenet121: ['DenseNet-121', 'densenet'],
  vgg11_bn: ['VGG-11 with batch normalisation', 'vgg', 'batchnorm'],
  inception_v3: ['Inception v3 without its auxiliary head', 'inception'],
  resnet20: ['ResNet-20', 'resnet'],
  resnet32: ['ResNet-32', 'resnet'],
  resnet44: ['ResNet-44', 'resnet'],
  resnet56: ['ResNet-56', 'resnet'],
  resnet110: ['ResNet-110', 'resnet'],
};

/** A network's name as papers write it. */
export const networkName = (name: NetworkName): string => NETWORKS[name]?.[0] ?? name;

/** The works in which it was published. */
export const networkWorks = (name: NetworkName): Work[] => (NETWORKS[name]?.slice(1) as Work[] | undefined) ?? [];
