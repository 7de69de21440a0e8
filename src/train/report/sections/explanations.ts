import { HEAT_GRADIENT } from '../../colours.ts';
import type { Explanations } from '../../explain-file.ts';
import type { Explanation, ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { fixed } from '../numbers.ts';
import type { Page } from '../page.ts';

/** PNG bytes as a data address. */
export function dataAddress(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}

function pictures({ subject, age, mean, sigma, images }: Explanation): Markup {
  const caption = `${subject}: ${fixed(age)} years, predicted ${fixed(mean)} ± ${fixed(sigma)}`;
  return html`<div class="case"><div class="images"><img src="${dataAddress(images.picture)}" alt="Projections of ${subject}"><img src="${dataAddress(images.overlay)}" alt="Saliency map over the projections of ${subject}"></div><p>${caption}</p></div>`;
}

/** The key to the colours of saliency maps. */
export function heatScale(): Markup {
  return html`<div class="scale" style="background:${HEAT_GRADIENT}" role="img" aria-label="Scale from dark, no influence, to light, strongest"></div><div class="scale-names"><span>no influence</span><span>strongest</span></div>`;
}

const METHODS: Record<Explanations['method'], string> = {
  'score-cam': 'Score-CAM',
  'grad-cam': 'Grad-CAM',
  'grad-cam++': 'Grad-CAM++',
};

/** Where the model looks. */
export function explanations({ explanations: made }: ReportData, page: Page): Markup | null {
  if (made === null || made.subjects.length === 0) return null;
  return page.section(
    'explanations',
    'Saliency maps',
    page.figure(
      html`${heatScale()}<div class="gallery">${made.subjects.map(pictures)}</div>`,
      `Left: what the network sees, the projections, shown upright (patient’s right on the left, front on the left). Right: ${METHODS[made.method]} on the features of ${made.layer} over them; lighter is more influence on the predicted age, and lines one, two and three dots wide run at a quarter, half and three quarters of the strongest. A map shows what moves the prediction, not what causes ageing.`,
    ),
  );
}
