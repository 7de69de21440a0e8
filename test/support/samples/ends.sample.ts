import { suite } from 'uvu';

const test = suite('ends');
test('ends its host', () => {
  if (typeof process === 'undefined') location.href = 'about:blank';
  else process.exit(0);
});
test('keeps the host busy', () => new Promise(() => {}));
test.run();
