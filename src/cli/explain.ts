import { writeExplanation } from '../train/explain.node.ts';
import { noticeOf } from '../train/predict.ts';
import { RunFolder } from '../train/run-folder.node.ts';
import { SALIENCY_METHODS } from '../train/saliency.ts';
import { defineCommand } from './command.ts';
import { UsageError } from './parse.ts';
import { ageText, preparedItems, withPredictor } from './predict.ts';

export default defineCommand({
  name: 'explain',
  summary: 'show where a trained run sees the age (Score-CAM, Grad-CAM, Grad-CAM++)',
  usage: 'FILE|DIR…',
  operands: { least: 1, most: Number.MAX_SAFE_INTEGER },
  details: `Writes three files for each study: the picture the network saw, the same with the map laid over it (head up, the patient's
    right and the front on the left), and the raw map as safetensors.

    Score-CAM's recipe wang2020 weighs a map by how far the picture seen through it lies above an empty one, kerber2023 by the age
    that is seen through it.`,
  options: {
    run: { type: 'text', value: 'DIR', help: 'run folder, or its model.safetensors' },
    out: { type: 'text', value: 'DIR', help: 'folder for the pictures' },
    method: {
      type: 'text',
      choices: SALIENCY_METHODS,
      value: 'NAME',
      help: 'score-cam (the default), grad-cam or grad-cam++',
    },
    recipe: {
      type: 'text',
      choices: ['wang2020', 'kerber2023'],
      value: 'NAME',
      help: 'of Score-CAM: wang2020 (the default) or kerber2023',
    },
    layer: {
      type: 'text',
      value: 'NAME',
      help: 'whose features are shown (layer3; layer2 for pictures below 96 × 96)',
    },
    fold: { type: 'whole', value: 'K', least: 0, help: 'whose network is explained (the first)' },
  },
  async run({ options: { run, out, fold, method, recipe, layer }, files, terminal }) {
    if (!out) throw new UsageError('--out DIR is missing');
    if (recipe && method && method !== 'score-cam') throw new UsageError('--recipe belongs to --method score-cam');
    return withPredictor(run, terminal, async (predictor) => {
      const notice = noticeOf(predictor.model);
      const folds = predictor.model.members.map((member) => member.fold);
      if (fold !== undefined && !folds.includes(fold))
        throw new UsageError(`--fold ${fold}: the model has folds ${folds.join(', ')}`);
      const folder = new RunFolder(out);
      const explanations = [];
      for await (const { file, study, prepared, warnings } of preparedItems(files, predictor, terminal)) {
        terminal.signal.throwIfAborted();
        const { age, sigma } = await predictor.predict(prepared);
        const map = await predictor.explain(prepared, fold, { method, recipe, layer });
        const made = await writeExplanation(folder, `study-${explanations.length + 1}`, prepared, map);
        for (const warning of warnings) terminal.note(`warning: ${warning}`);
        terminal.print(`${file}: ${ageText({ age, sigma })}, ${folder.file(made.overlay)}`);
        explanations.push({ file, study, age, sigma, ...made, warnings });
      }
      terminal.print(notice);
      return { notice, out, explanations };
    });
  },
});
