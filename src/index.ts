/** What the library offers, in Node and in browsers. */
export * from './gpu/index.ts';
