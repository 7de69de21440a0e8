/** Optimisers. */
export { AdamW, type AdamWOptions } from './adamw.ts';
