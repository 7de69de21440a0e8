/** Lines of a table with a heading; the first `left` columns are texts, the others numbers, aligned to the right. */
export function textTable(heading: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const table = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table
    .map((row) => {
      const cells = widths.map((width, column) => {
        const cell = row[column] ?? '';
        return column < left ? cell.padEnd(width) : cell.padStart(width);
      });
      return `  ${cells.join('  ')}`.trimEnd();
    })
    .join('\n');
}
