import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { forRange } from '../autocast.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul } from './elementwise.ts';
import { expectReal } from './expect.ts';
import { matmul } from './matmul.ts';
import { softmaxed } from './softmaxed.ts';
import { permute } from './strided.ts';

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  /** Broadcasts to [..., queries, keys]: numbers added to the scores, or −∞ for keys that a query must not see. */
  mask?: Tensor | null | undefined;
  /** Queries see only the keys up to their own place. */
  isCausal?: boolean;
  /** Factor of the scores; 1 / √(their terms) where left out. */
  scale?: number | undefined;
}

/**
 * Attention as torch.nn.functional.scaled_dot_product_attention: softmax(scale · query · keyᵀ + mask) · value with query
 * [..., queries, features], key [..., keys, features], value [..., keys, outputs]; the axes before these broadcast. A query
 * that may see no key gives zeros.
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  checkOptions('scaled_dot_product_attention', options, ['mask', 'isCausal', 'scale']);
  const { mask, isCausal = false, scale } = options;
  expectReal('scaled_dot_product_attention', { query, key, value });
  for (const [name, { shape }] of Object.entries({ query, key, value })) {
    if (shape.length < 2) {
      throw new UserError(
        `scaled_dot_product_attention: ${name} has shape ${formatShape(shape)}; it must have at least two axes`,
      );
    }
  }
  if (mask && isCausal) {
    throw new UserError('scaled_dot_product_attention: a mask and isCausal exclude each other; put both into the mask');
  }
  const features = query.shape.at(-1) as number;
  return scope(() => {
    const turned = permute(key, [...key.shape.keys()].with(-1, key.shape.length - 2).with(-2, key.shape.length - 1));
    const scores = matmul(mul(query, scale ?? 1 / Math.sqrt(features)), turned);
    return matmul(attentionShares(mask ? add(scores, mask) : scores, isCausal), value);
  });
}

/**
 * Shares of keys for each query, from scores [..., queries, keys]. A query that sees none, because all its scores are −∞, has
 * zeros. With `isCausal` query i sees the keys 0 … i.
 */
function attentionShares(scores: Tensor, isCausal: boolean): Tensor {
  const attention = { queries: isCausal ? scores.shape.at(-2) : undefined };
  return scope(() => softmaxed('attention shares', forRange(scores), -1, { attention }));
}
