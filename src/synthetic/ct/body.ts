/** What every part of the body is built from. */
import type { RandomStream } from '../../util/random.ts';
import type { Anatomy } from './anatomy.ts';
import type { Column } from './column.ts';
import type { Outline } from './outline.ts';

export interface Body {
  anatomy: Anatomy;
  female: boolean;
  column: Column;
  outline: Outline;
  /** HU that contrast agent adds to arterial blood; 0 without. */
  contrast: number;
  /** A random stream of its own for every organ system. */
  stream(purpose: string): RandomStream;
}
