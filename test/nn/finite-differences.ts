import type { Gpu } from '../../src/gpu/index.ts';
import { functional as F, scope, type Tensor, tensor } from '../../src/nn/index.ts';

/** d(Σ w·fn(x))/dx by autograd and by central differences; the weights w differ, so that errors cannot cancel. */
export async function differences(
  gpu: Gpu,
  x: number[],
  shape: number[],
  fn: (x: Tensor) => Tensor,
): Promise<{ analytic: number[]; numeric: number[] }> {
  const weighted = (y: Tensor) =>
    F.sum(
      F.mul(
        y,
        tensor(
          gpu,
          Array.from({ length: y.size }, (_, i) => 0.5 + (i % 7) / 4),
          y.shape,
        ),
      ),
    );
  const leaf = tensor(gpu, x, shape, { requiresGrad: true });
  scope(() => weighted(fn(leaf)).backward());
  if (!leaf.grad) throw new Error('no gradient arrived');
  const analytic = [...(await leaf.grad.toArray())];
  leaf.dispose();
  const step = 1e-2;
  const at = async (i: number, delta: number) => {
    const moved = x.map((value, k) => (k === i ? value + delta : value));
    const y = scope(() => weighted(fn(tensor(gpu, moved, shape))));
    const value = await y.item();
    y.dispose();
    return value;
  };
  const numeric: number[] = [];
  for (let i = 0; i < x.length; i++) numeric.push(((await at(i, step)) - (await at(i, -step))) / (2 * step));
  return { analytic, numeric };
}
