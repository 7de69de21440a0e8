/** How packed panels lie (panel-product.ts): how long they are, and how far apart. */

/** Rows, or columns, of a panel. */
export const PANEL = 32;

/** Numbers between two products, so that not all of them fall on the same lines of a cache. */
const GAP = 32;

/** Rows rounded up to whole panels. */
export const inPanels = (rows: number): number => Math.ceil(rows / PANEL) * PANEL;
/** Quads of a row, an even number. */
export const quads = (terms: number): number => 2 * Math.ceil(terms / 8);
/** Numbers of one product's rows, packed. */
export const packedLength = (rows: number, terms: number): number => inPanels(rows) * quads(terms) * 4;
/** How far the packed rows of two products, and their results, lie apart. */
export const packedStep = (rows: number, terms: number): number => packedLength(rows, terms) + GAP;
export const resultStep = (rows: number, columns: number): number => inPanels(rows) * inPanels(columns) + GAP;
