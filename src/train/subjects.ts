/** One picture's row in the table of a data set: whose it is and what is known of the person. */
export interface Subject {
  /** Pseudonym of the patient; several studies of one patient share it. */
  subject: string;
  /** Years. */
  age: number;
  sex: 'F' | 'M' | 'O' | '';
  /** Manufacturer and model of the scanner; '' where it is not known. */
  scanner: string;
  /** Whether a contrast agent was given; '' where it is not known. */
  contrast: 'yes' | 'no' | '';
  /** The best that can be known on synthetic data; null elsewhere. */
  truth: Truth | null;
}

/** The same where the age need not be known: nothing to learn from, but something to predict for. */
export interface TestSubject extends Omit<Subject, 'age'> {
  age: number | null;
}

/** "61.2 years", "age unknown". */
export function ageText(age: number | null): string {
  return age === null ? 'age unknown' : `${Number(age.toFixed(1))} years`;
}

/** Ground truth of a synthetic subject: what a predictor without error would say. Years. */
export interface Truth {
  biologicalAge: number;
  /** Mean and deviation of the chronological age given the biological one. */
  mean: number;
  sigma: number;
  /** Least expected absolute error at this biological age. */
  absoluteError: number;
}
