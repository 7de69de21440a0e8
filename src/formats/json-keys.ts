/**
 * JSON.parse keeps the last of two equal keys without a word. A file that names a tensor twice means different things
 * to different readers, so it has to be refused.
 */

const STRING = /"(?:[^"\\]|\\.)*"/y;

/**
 * The first key that an object anywhere in `json` has twice; null when there is none.
 * @param json text that JSON.parse accepts
 */
export function findDuplicateKey(json: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(null);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      STRING.lastIndex = i;
      const literal = STRING.exec(json)?.[0] ?? '"';
      i += literal.length - 1;
      const keys = open.at(-1);
      if (!keys || !isKey(json, i + 1)) continue;
      const key = String(JSON.parse(literal));
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return null;
}

/** In an object a string is a key when a colon follows it. */
function isKey(json: string, position: number): boolean {
  let next = position;
  while (/\s/.test(json[next] ?? '')) next++;
  return json[next] === ':';
}
