/** What both engines do side by side. The key is the one under which the ratio is reported. */
export interface Case {
  key: string;
  kind: 'train' | 'infer';
  network: 'resnet18' | 'resnet50';
  batch: number;
  /** Side of the square pictures, which have one channel. */
  side: number;
}

const SIZES = [
  { side: 224, batch: 1 },
  { side: 224, batch: 4 },
  { side: 224, batch: 16 },
  { side: 64, batch: 32 },
];

export const CASES: readonly Case[] = [
  ...(['train', 'infer'] as const).flatMap((kind) =>
    SIZES.map(
      ({ side, batch }): Case => ({ key: `${kind}_${side}_b${batch}`, kind, network: 'resnet18', batch, side }),
    ),
  ),
  { key: 'infer_resnet50_224_b1', kind: 'infer', network: 'resnet50', batch: 1, side: 224 },
];

/** First steps, each measured in processes of their own, with nothing compiled. */
export const FIRST_CASES: readonly Case[] = [
  { key: 'first_step_224_b1', kind: 'train', network: 'resnet18', batch: 1, side: 224 },
  { key: 'first_infer_224_b1', kind: 'infer', network: 'resnet18', batch: 1, side: 224 },
];

/** Those of the default run that take seconds. */
export const QUICK = ['train_224_b1', 'infer_224_b1', 'infer_resnet50_224_b1', 'first_step_224_b1'];

/** Pictures and standardised ages: waves, the same for both engines. */
export function data({ batch, side }: Case): {
  pictures: Float32Array<ArrayBuffer>;
  targets: Float32Array<ArrayBuffer>;
} {
  const pictures = Float32Array.from(
    { length: batch * side * side },
    (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011),
  );
  const targets = Float32Array.from({ length: batch }, (_, i) => (i + 0.5) / batch - 0.5);
  return { pictures, targets };
}
