/** The browser side of the tests: node dist/test/chromium-host.js dist/test/BUNDLE.js. Reports to its parent over IPC. */
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { withTestPage } from './chromium.node.ts';
import type { Report } from './run.ts';

/** As page.html has it. */
interface TestWindow {
  runBundle(url: string, report: (report: Report) => Promise<void>): Promise<void>;
  report(report: Report): Promise<void>;
}

const bundle = path.basename(process.argv[2] as string);

process.once('disconnect', () => process.exit(1)); // whoever asked for the tests is gone

await withTestPage(async ({ page, lost }) => {
  await page.exposeFunction('report', (report: Report) => {
    if (report.type === 'text')
      process.stdout.write(process.stdout.isTTY ? report.text : stripVTControlCharacters(report.text));
    else process.send?.(report);
  });
  const run = page.evaluate((url) => {
    const window = globalThis as unknown as TestWindow;
    return window.runBundle(url, window.report);
  }, `/${bundle}`);
  await Promise.race([run, lost]);
});
process.removeAllListeners('disconnect');
process.disconnect?.();
