/** Names and texts out of files go into messages in quotes and cut short: a file may hold names of megabytes. */
const LONGEST = 80;

export function quote(text: string): string {
  return `"${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}"`;
}
