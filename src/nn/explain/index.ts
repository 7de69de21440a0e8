/** Explanations of what a network says, and checks of them. */
export type { CamOptions } from './cam.ts';
export { areaUnder, type CurveOptions, type Curves, perturbationCurves } from './curves.ts';
export { forwardWithFeatures } from './features.ts';
export { type GradCamMethod, type GradCamOptions, gradCam } from './grad_cam.ts';
export { cascadingRandomisation } from './randomise.ts';
export { type ScoreCamOptions, type ScoreCamRecipe, scoreCam } from './score_cam.ts';
export { spearman, structuralSimilarity } from './similarity.ts';
