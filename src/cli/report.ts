import { writeReport } from '../train/report/from-run.node.ts';
import { defineCommand } from './command.ts';

export default defineCommand({
  name: 'report',
  summary: "write a run's report.html",
  details: `The report is one file that loads nothing from a network and prints to PDF: methods in words, flow of studies,
    cohort, accuracy with intervals, agreement, calibration, subgroups, folds, saliency maps, limitations, environment, and
    which items of TRIPOD+AI and CLAIM it answers. A run that is not finished is reported as far as its folds are.`,
  options: {
    run: { type: 'text', value: 'DIR', help: 'run folder (runs/quickstart)' },
  },
  async run({ options, terminal }) {
    const report = await writeReport(options.run ?? 'runs/quickstart');
    terminal.print(report);
    return { report };
  },
});
