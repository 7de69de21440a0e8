/** Pictures as a browser decodes them: base64 of a file → width, height and base64 of its colours, three bytes a pixel. */
export default async function decode(files: string[]): Promise<{ width: number; height: number; colours: string }[]> {
  return Promise.all(files.map(decodeOne));
}

async function decodeOne(file: string): Promise<{ width: number; height: number; colours: string }> {
  const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
  const options: ImageBitmapOptions = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' };
  const bitmap = await createImageBitmap(new Blob([bytes]), options);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('this browser has no canvas');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const colours: string[] = [];
  for (let i = 0; i < data.length; i += 4) colours.push(String.fromCharCode(...data.subarray(i, i + 3)));
  return { width, height, colours: btoa(colours.join('')) };
}
