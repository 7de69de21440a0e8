import type { Operation } from '../task.ts';
import { LAYERS } from './layers.ts';

/** The operations of conformance files, by name. */
export const OPERATIONS: Readonly<Record<string, Operation>> = { ...LAYERS };
