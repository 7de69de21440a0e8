import { suite } from 'uvu';

const test = suite('hook');
test.before(() => {
  throw new Error('the hook fails');
});
test('never reached', () => {});
test.run();
