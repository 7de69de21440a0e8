/** Colours for maps from 0 to 1: nine points of matplotlib's perceptually uniform "inferno", which also grows steadily in lightness, so a grey print keeps the order. */
const INFERNO: readonly [number, number, number][] = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
];

/** The colour of a value in [0, 1], red, green and blue from 0 to 255. */
export function heatColour(value: number): [number, number, number] {
  const position = Math.min(1, Math.max(0, value)) * (INFERNO.length - 1);
  const index = Math.min(INFERNO.length - 2, Math.floor(position));
  const [from, to] = [INFERNO[index], INFERNO[index + 1]] as [[number, number, number], [number, number, number]];
  const part = position - index;
  return [0, 1, 2].map((i) => Math.round((from[i] as number) + part * ((to[i] as number) - (from[i] as number)))) as [
    number,
    number,
    number,
  ];
}

/** The same colours as a CSS gradient, for a key beside a map. */
export const HEAT_GRADIENT = `linear-gradient(90deg, ${INFERNO.map(([r, g, b]) => `rgb(${r} ${g} ${b})`).join(', ')})`;
