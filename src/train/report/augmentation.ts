import type { AugmentSettings } from '../config.ts';

const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;

/** Parts of `affine` that are on, in the order in which they act. */
function affineParts(settings: AugmentSettings): string[] {
  const { shift, rotate, scale, mirror, intensity, offset, noise, blur, erase } = settings;
  const parts: [boolean | number, string][] = [
    [shift, `shift up to ${shift} pixels of 224`],
    [rotate, `rotation up to ${rotate}° each way`],
    [scale, `size up to ${percent(scale)} larger or smaller`],
    [mirror, 'every other coronal half mirrored'],
    [blur, `blur up to ${blur} pixels of 224`],
    [intensity, `intensity up to ±${percent(intensity)}`],
    [offset, `intensity offset up to ±${offset}`],
    [erase, `a rectangle emptied with a chance of ${percent(erase)}`],
    [noise, `Gaussian noise of deviation ${noise}`],
  ];
  return parts.filter(([on]) => on).map(([, text]) => text);
}

/** The augmentation in words. */
export function augmentationText(settings: AugmentSettings): string {
  const { recipe, rotate, noise } = settings;
  const parts = recipe === 'affine' ? affineParts(settings) : [];
  if (recipe === 'none' || (recipe === 'affine' && parts.length === 0)) return 'none';
  if (recipe === 'affine') return `each half by itself: ${parts.join(', ')}`;
  const turned = rotate >= 1 ? `, turned by whole degrees up to ${Math.floor(rotate)}° each way` : '';
  const noisy = noise > 0 ? `, Gaussian noise of variance ${Number((noise * noise).toPrecision(3))}` : '';
  return `kerber2023: a patch of half the side, enlarged 1 to 1.5 times, at a random place of an empty picture${turned}${noisy}`;
}
