/** What a test reads out of a page: just enough for pages that this package writes. */

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The text of a piece of markup, with plain spaces. */
export const textOf = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&([#\w]+);/g, (_, name: string) => ENTITIES[name] ?? '?')
    .replaceAll('\u00a0', ' ');

/** Contents of every element of a name. */
export function elements(page: string, name: string): string[] {
  return [...page.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))].map(
    (match) => match[1] as string,
  );
}

/** Opening tags of a name, whole. */
export const tags = (page: string, name: string): string[] =>
  page.match(new RegExp(`<${name}(?:\\s[^>]*)?>`, 'g')) ?? [];

/** The rows of the table whose caption holds a text: cells as texts. */
export function table(page: string, caption: string): string[][] {
  const found = page.split('<div class="table').find((part) => textOf(elements(part, 'p')[0] ?? '').includes(caption));
  if (found === undefined) throw new Error(`there is no table "${caption}"`);
  return elements(found, 'tr').map((row) =>
    [...row.matchAll(/<t[hd](?:\s[^>]*)?>(.*?)<\/t[hd]>/gs)].map((match) =>
      textOf((match[1] as string).replaceAll('<small>', ' ')),
    ),
  );
}

/** The page without its style sheet. */
export const body = (page: string): string => page.slice(page.indexOf('<body>'));
