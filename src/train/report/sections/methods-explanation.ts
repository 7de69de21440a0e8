import type { Explanations } from '../../explain-file.ts';
import { html, type Markup } from '../html.ts';
import { counted } from '../numbers.ts';
import type { Telling } from './telling.ts';

/** How the saliency maps were made; nothing where there are none. */
export function explanationMethods({ data: { explanations }, cite }: Telling): Markup | null {
  if (explanations === null || explanations.subjects.length === 0) return null;
  const { subjects, layer } = explanations;
  return html`<p>Saliency maps of ${subjects.length} out-of-fold predictions, chosen evenly over the range of ages, were computed at the output of ${layer} with the network that had made the prediction, ${method(explanations, cite)}.${explanations.groups && ' Maps of all out-of-fold predictions were averaged by decade of true age, for all and by sex.'}${checks(explanations, cite)}</p>`;
}

function checks({ check }: Explanations<unknown>, cite: Telling['cite']): Markup | null {
  if (!check) return null;
  return html` The maps were checked by deletion and insertion ${cite('deletion')}, the change of the predicted age as the most salient pixels are emptied, or all others, against ${counted(check.random_orders, 'random order')} a picture; and by randomised weights ${cite('sanity')}, the likeness of the maps once parts of the network, from the output on, have lost what they learned.`;
}

function method({ method: name, recipe }: Explanations<unknown>, cite: Telling['cite']): Markup {
  if (name === 'grad-cam')
    return html`by Grad-CAM ${cite('gradcam')}: the feature maps were summed with weights, the means of the gradients of the predicted mean age`;
  if (name === 'grad-cam++')
    return html`by Grad-CAM++ ${cite('gradcampp')}: the feature maps were summed with weights from positive gradients of the predicted mean age`;
  const masks = html`by Score-CAM ${cite('scorecam')}: each feature map was enlarged to the picture, scaled to the range from 0 to 1 and multiplied with it`;
  return recipe === 'kerber2023'
    ? html`${masks}, and the maps were summed with weights, the ages predicted for the masked pictures, as by Kerber et al. ${cite('kerber')}`
    : html`${masks}, and the maps were summed with weights, the differences between the ages predicted for the masked and for an empty picture; what was negative was set to zero`;
}
