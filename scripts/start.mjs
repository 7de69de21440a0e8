// npm start: sets up what is missing, then runs `agelens quickstart` with the arguments given after `--`.
import { setUp } from './setup.mjs';

setUp();
const { main } = await import('../dist/cli/main.js');
process.exitCode = await main(['quickstart', ...process.argv.slice(2)]);
