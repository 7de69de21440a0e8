import { suite } from 'uvu';

const test = suite('silent');
test('is never run, since run() is missing', () => {});
