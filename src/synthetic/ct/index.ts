/** The synthetic CT cohort, for browsers and Node; src/synthetic/ct/cohort.node.ts writes it to disk. */
export {
  type AgePosterior,
  agePosterior,
  biologicalSpread,
  type KnownLimit,
  knownLimit,
  OLDEST,
  YOUNGEST,
} from './age.ts';
export type { Anatomy, Sex } from './anatomy.ts';
export { type CtVolume, DEFAULT_MATRIX, renderCtVolume } from './render.ts';
export type { PatientPosition, Scan } from './scan.ts';
export { type CtFile, ctSeries, ctSeriesOf } from './series.ts';
export { type CtSubject, drawCtSubject } from './subject.ts';
export { labelRow, truthRow } from './truth.ts';
