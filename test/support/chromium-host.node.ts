/** The browser side of the tests: node dist/test/chromium-host.js dist/test/BUNDLE.js. Reports to its parent over IPC. */
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { withTestPage } from './chromium.node.ts';
import type { Report, runFiles } from './run.ts';

interface Bundle {
  files: Parameters<typeof runFiles>[0];
  runFiles: typeof runFiles;
}

const bundle = path.basename(process.argv[2] as string);

async function runBundle(url: string): Promise<void> {
  const page = globalThis as unknown as {
    UVU_DEFER: number;
    UVU_QUEUE: unknown[];
    report(report: Report): Promise<void>;
  };
  const print = console.log;
  page.UVU_DEFER = 1;
  page.UVU_QUEUE = [];
  console.log = (text: string) => page.report({ type: 'text', text }); // uvu takes it as the place to write to
  const { files, runFiles } = (await import(url)) as Bundle;
  console.log = print;
  let told = Promise.resolve();
  await runFiles(files, (report) => {
    told = page.report(report);
  });
  await told;
}

process.once('disconnect', () => process.exit(1)); // whoever asked for the tests is gone

await withTestPage(async ({ page, lost }) => {
  await page.exposeFunction('report', (report: Report) => {
    if (report.type === 'text')
      process.stdout.write(process.stdout.isTTY ? report.text : stripVTControlCharacters(report.text));
    else process.send?.(report);
  });
  await Promise.race([page.evaluate(runBundle, `/${bundle}`), lost]);
});
process.removeAllListeners('disconnect');
process.disconnect?.();
