/** Reads a file below `test/` from the server that serves this page. */
export async function readTestFile(name: string): Promise<Uint8Array> {
  const response = await fetch(`/fixtures/${name}`);
  if (!response.ok) throw new Error(`fixture ${name}: HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
