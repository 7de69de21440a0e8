/** A perturbation, of scans or of pictures, at one strength. */
export interface Condition<P> {
  perturbation: P;
  strength: number;
}

/** Every perturbation at every strength; `quick` at the last alone. */
export function conditionsOf<P extends { strengths: readonly number[] }>(
  perturbations: readonly P[],
  quick: boolean,
): Condition<P>[] {
  return perturbations.flatMap((perturbation) =>
    perturbation.strengths.slice(quick ? -1 : 0).map((strength) => ({ perturbation, strength })),
  );
}
