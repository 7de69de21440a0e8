import type { CaseResult } from './run.ts';

/** A result as lines for people: verdict, file, worst differences with their index; the reason where it does not hold. */
export function describe(result: CaseResult): string {
  const { file, op, pass, reason, absolute, relative } = result;
  const difference = (label: string, worst: CaseResult['absolute']) =>
    `${label} ${worst ? `${worst.error.toExponential(2)} at ${worst.tensor}[${worst.index.join(', ')}]` : 'none'}`;
  const head = `${pass ? 'pass' : 'FAIL'}  ${file}  ${op ?? 'unreadable'}`;
  const figures =
    result.tensors.length > 0 ? `  ${difference('absolute', absolute)}, ${difference('relative', relative)}` : '';
  return pass ? head + figures : `${head}${figures}\n      ${reason}`;
}

/** A result as one line of JSON. Infinities and NaN, which JSON lacks, become texts. */
export function toJson(result: CaseResult): string {
  return JSON.stringify(result, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}
