/**
 * `qa.html`: every prepared picture with the outline of its body mask and all warnings, written study by study so that a
 * thousand need no more memory than one. Opens without a network.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { writePng } from '../formats/png.ts';
import { outlinedImage } from './overlay.ts';
import type { PreparedStudy } from './prepared-folder.node.ts';
import { ageText } from './subjects.ts';

const STYLE = `
body { font: 14px/1.45 system-ui, sans-serif; color: #1c2430; margin: 24px; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(224px, 1fr)); gap: 18px; }
figure { margin: 0; break-inside: avoid; } img { width: 224px; height: 224px; display: block; background: #000; }
figcaption { margin-top: 4px; } ul { margin: 2px 0 0; padding-left: 18px; }
.flagged img { outline: 3px solid #b8560f; }
`;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);

export class ContactSheet {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<ContactSheet> {
    const sheet = new ContactSheet(await open(path, 'wx'));
    await sheet.#file.write(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Prepared studies</title><style>${STYLE}</style><h1>Prepared studies</h1><p>Coronal projection on the left, sagittal on the right, head up; the line is the body mask. Framed: look at it.</p><main>\n`,
    );
    return sheet;
  }

  /** @param mask of the picture's size, 0 or 1 */
  async add(study: PreparedStudy, picture: Float32Array, mask: Float32Array, side: number): Promise<void> {
    const png = Buffer.from(writePng(outlinedImage(picture, side, mask))).toString('base64');
    const caption = `study ${study.study}, ${study.subject}, ${ageText(study.age)}, sex ${study.sex || 'unknown'}`;
    const warnings = study.warnings.map((warning) => `<li>${escaped(warning)}</li>`).join('');
    await this.#file.write(
      `<figure${warnings ? ' class="flagged"' : ''}><img alt="" src="data:image/png;base64,${png}"><figcaption>${escaped(caption)}${warnings ? `<ul>${warnings}</ul>` : ''}</figcaption></figure>\n`,
    );
  }

  async finish(): Promise<void> {
    await this.#file.write('</main></html>\n');
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
