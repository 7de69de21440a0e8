/** Order of two texts by their UTF-16 units, the same everywhere; 0 for equal ones, so that sorting leaves these as they were. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
