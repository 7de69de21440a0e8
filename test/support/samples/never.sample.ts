import { suite } from 'uvu';

const test = suite('never');
test('waits for what never comes', () => new Promise(() => {}));
test.run();
