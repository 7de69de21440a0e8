/** Codecs write about every header they read, and failures are errors here: nothing of it goes to the console. */
export const silent = { print: () => {}, printErr: () => {} };
