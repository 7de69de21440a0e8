/** Explanations of what a network says. */
export type { CamOptions } from './cam.ts';
export { forwardWithFeatures } from './features.ts';
export { type GradCamMethod, type GradCamOptions, gradCam } from './grad_cam.ts';
export { type ScoreCamOptions, type ScoreCamRecipe, scoreCam } from './score_cam.ts';
