/** Explanations of what a network says. */
export { forwardWithFeatures } from './features.ts';
export { type ScoreCamOptions, type ScoreCamRecipe, scoreCam } from './score_cam.ts';
