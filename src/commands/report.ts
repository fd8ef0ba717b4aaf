import type { Command } from 'commander';
import { callsOnce } from '../contexts/calls-once.ts';
import { UsageError } from '../errors.ts';
import { refuseIncomparable } from '../measure/comparable.ts';
import { compare } from '../measure/comparison.ts';
import { isOk } from '../measure/is-ok.ts';
import { judge } from '../measure/judge.ts';
import { mergeReports } from '../measure/merge.ts';
import { parseThreshold } from '../measure/threshold.ts';
import type { Report } from '../model/report.ts';
import { readReport } from '../report/read.ts';
import { renderForTerminal } from '../report/terminal/render.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { checkOutputs } from '../report/write.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { givenThresholds } from './given-thresholds.ts';
import { noteUnlessQuiet } from './note-unless-quiet.ts';
import { collect } from './options.ts';
import { publishReport } from './publish-report.ts';

interface ReportOptions extends CommonOptions {
  readonly threshold?: readonly string[];
  readonly baseline?: string;
  readonly force?: boolean;
}

export function configure(command: Command): void {
  command
    .argument('<report.json...>', 'stored reports; shards of one bench are merged into one')
    .option(
      '--threshold <expr>',
      'judge by this instead of the stored thresholds; repeat it, or use commas',
      collect,
    )
    .option('--baseline <report.json>', 'compare with this stored report')
    .option('--force', 'compare even if the baseline is of another machine or load')
    .addHelpText(
      'after',
      `
Percentiles of merged shards are true percentiles: they come from the merged histograms. Of merged shards, the time taken is that of the longest; of merged runs, that of all together.
With --config its bench.thresholds are judged, unless --threshold is given.

Exit code: 0 as expected, 1 a threshold failed or worse than the baseline, 2 wrong usage.

Examples:
  timer-notify report shard-*.json -o report.html
  timer-notify report report.json --threshold 'shared-pool:p99<1s' --threshold 'shared-pool:completion>=100%'
  timer-notify report new.json --baseline old.json
`,
    );
}

export async function run(command: Command, { terminal }: CommandContext): Promise<number> {
  const options = command.opts<ReportOptions>();
  const thresholds = thresholdsOf(options, terminal)?.map(parseThreshold);
  const [first, ...others] = await Promise.all(command.args.map(readReport));
  const baseline = options.baseline === undefined ? null : await readReport(options.baseline);
  checkOutputs(options.output ?? []);
  if (first === undefined) return 2;
  const merged = mergeReports([first, ...others], callsOnce, {
    judgedAnew: thresholds !== undefined,
    files: command.args,
  });
  if (options.threshold !== undefined) refuseWithoutFigures(merged);
  const judged =
    thresholds === undefined || merged.kind !== 'bench'
      ? merged
      : { ...merged, thresholds: judge(thresholds, merged.cells) };
  const report = withVerdict(judged, baseline, options.force === true);
  return publishReport(report, {
    terminal,
    options,
    render: (safe) => renderForTerminal(safe, terminal),
  });
}

/** Figures to judge come from a load. */
function refuseWithoutFigures({ kind }: Report): void {
  if (kind === 'bench') return;
  throw new UsageError(
    `--threshold with a report of ${kind}`,
    'it holds no figures of a load to judge',
    'leave --threshold out, or name a report of bench',
  );
}

/** Flags over the file that was named; without either the stored ones stand, which a file may have given to the bench. */
function thresholdsOf(options: ReportOptions, terminal: Terminal): readonly string[] | undefined {
  const { threshold, config } = options;
  if (config === undefined) return threshold;
  return givenThresholds(threshold, config, noteUnlessQuiet(options, terminal)) ?? undefined;
}

function withVerdict(report: Report, baseline: Report | null, forced: boolean): Report {
  if (baseline !== null) refuseIncomparable(report, baseline, forced);
  const compared = baseline === null ? report : { ...report, comparison: compare(report, baseline) };
  return { ...compared, ok: isOk(compared) };
}
