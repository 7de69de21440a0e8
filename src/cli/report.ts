import { writeReport } from '../train/report/from-run.node.ts';
import { defineCommand } from './command.ts';

export default defineCommand({
  name: 'report',
  summary: "write a run's report.html",
  details:
    'The report is one file that loads nothing from a network: figures, intervals, calibration, saliency, settings.',
  options: {
    run: { type: 'text', value: 'DIR', help: 'run folder (runs/quickstart)' },
  },
  async run({ options, terminal }) {
    const report = await writeReport(options.run ?? 'runs/quickstart');
    terminal.print(report);
    return { report };
  },
});
