/** The diagram of subjects from files to folds, in the manner of STARD. */
import type { DataFacts, FoldFacts } from '../../run-folder.node.ts';
import type { Cause } from '../causes.ts';
import { escapeText, type Markup } from '../html.ts';
import { counted } from '../numbers.ts';
import { px, svg } from '../svg.ts';
import { wrapped } from './wrap.ts';

export type FlowFacts = Pick<DataFacts, 'found' | 'used' | 'refused' | 'files' | 'other_files'> & {
  causes: readonly Cause[];
  patients: number;
  folds: readonly FoldFacts[];
};

const [WIDTH, LINE, PAD, GAP] = [760, 17, 10, 30];
const MAIN = { x: 40, width: 330 };
const SIDE = { x: 410, width: 340 };
/** Characters that fit into a pixel of width at the size of the diagram's text. */
const CHARACTERS = 1 / 6.4;
const MOST_CAUSES = 8;
const FOLDS_A_ROW = 5;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A box with lines of text; the first one is set in bold. */
function box(x: number, y: number, width: number, paragraphs: readonly string[]): Box & { content: string } {
  const lines = paragraphs.flatMap((text) => wrapped(text, Math.floor((width - 2 * PAD) * CHARACTERS)));
  const height = lines.length * LINE + 2 * PAD - 4;
  const text = lines
    .map(
      (line, i) =>
        `<text${i === 0 ? ' class="strong"' : ''} x="${px(x + PAD)}" y="${px(y + PAD + 9 + i * LINE)}">${escapeText(line)}</text>`,
    )
    .join('');
  const frame = `<rect class="box" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="3"/>`;
  return { x, y, width, height, content: frame + text };
}

const head = (x: number, y: number): string => `M${px(x - 4)} ${px(y - 7)}L${px(x)} ${px(y)}L${px(x + 4)} ${px(y - 7)}`;

/** An arrow down from a box to a height. */
function down({ x, width, y, height }: Box, to: number): string {
  const middle = x + width / 2;
  return `<path class="axis" d="M${px(middle)} ${px(y + height)}V${px(to)}${head(middle, to)}"/>`;
}

/** An arrow from the line between two heights to a box beside it. */
function aside(from: number, { x, y, height }: Box): string {
  const middle = y + height / 2;
  return `<path class="axis" d="M${px(from)} ${px(middle)}H${px(x)}M${px(x - 7)} ${px(middle - 4)}L${px(x)} ${px(middle)}L${px(x - 7)} ${px(middle + 4)}"/>`;
}

function refusedText({ refused, causes }: FlowFacts): string[] {
  const shown = causes.slice(0, MOST_CAUSES).map(({ cause, count }) => `${count} × ${cause}`);
  const others = causes.slice(MOST_CAUSES).reduce((sum, { count }) => sum + count, 0);
  return [
    `${counted(refused.length, 'study', 'studies')} refused`,
    ...shown,
    ...(others > 0 ? [`${others} × other causes`] : []),
  ];
}

function foundText({ found, files, other_files: other }: FlowFacts): string[] {
  const read = files === undefined ? [] : [`in ${counted(files, 'file')} read`];
  const beside = other ? [`beside ${counted(other, 'file')} that ${other === 1 ? 'is' : 'are'} no scan`] : [];
  return [`${counted(found, 'study', 'studies')} found`, ...read, ...beside];
}

function foldBoxes(folds: readonly FoldFacts[], y: number): (Box & { content: string })[] {
  const columns = Math.min(FOLDS_A_ROW, Math.max(1, folds.length));
  const width = (WIDTH - 2 - 10 * (columns - 1)) / columns;
  return folds.map(({ fold, training, validation, test }, i) =>
    box(1 + (i % columns) * (width + 10), y + Math.floor(i / columns) * 95, width, [
      `Fold ${fold}`,
      `training ${training}`,
      `validation ${validation}`,
      `test ${test}`,
    ]),
  );
}

/** Line from the used studies to the fold boxes of the first row. */
function branches(from: Box, boxes: readonly Box[]): string {
  const first = boxes.slice(0, FOLDS_A_ROW);
  const [middle, bend] = [from.x + from.width / 2, from.y + from.height + GAP / 2];
  const arrows = first.map(({ x, y, width }) => {
    const to = x + width / 2;
    return `M${px(middle)} ${px(bend)}H${px(to)}V${px(y)}${head(to, y)}`;
  });
  return `<path class="axis" d="M${px(middle)} ${px(from.y + from.height)}V${px(bend)}${arrows.join('')}"/>`;
}

/** What is drawn, in words. */
function words({ found, used, refused, patients, folds }: FlowFacts): string {
  const parts = folds.map(
    ({ fold, training, validation, test }) =>
      `fold ${fold}: training ${training}, validation ${validation}, test ${test}`,
  );
  return `${counted(found, 'study', 'studies')} found, ${refused.length} refused, ${used} used of ${counted(patients, 'patient')}; ${parts.join('; ')}`;
}

export function flowDiagram(facts: FlowFacts): Markup {
  const found = box(MAIN.x, 1, MAIN.width, foundText(facts));
  const below = found.y + found.height + GAP;
  const refused = facts.refused.length > 0 ? box(SIDE.x, below - GAP / 2, SIDE.width, refusedText(facts)) : null;
  const usedTop = refused ? refused.y + refused.height + GAP / 2 : below;
  const used = box(MAIN.x, usedTop, MAIN.width, [
    `${counted(facts.used, 'study', 'studies')} used`,
    `${facts.folds.length > 0 ? 'predicted out of fold: ' : ''}${counted(facts.patients, 'patient')}`,
  ]);
  const folds = foldBoxes(facts.folds, used.y + used.height + GAP);
  const boxes = [found, ...(refused ? [refused] : []), used, ...folds];
  const height = Math.max(...boxes.map((each) => each.y + each.height)) + 2;
  const arrows = [
    down(found, used.y),
    refused ? aside(MAIN.x + MAIN.width / 2, refused) : '',
    folds.length > 0 ? branches(used, folds) : '',
  ];
  return svg(words(facts), WIDTH, height, arrows.join('') + boxes.map((each) => each.content).join(''));
}
