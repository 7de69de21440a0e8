/** esbuild's text loader: a kernel file arrives as its source text. */
declare module '*.wgsl' {
  const source: string;
  export default source;
}
