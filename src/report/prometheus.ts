import { family, type Labels, type Sample } from '../measure/prometheus-text.ts';
import type { Cell } from '../model/cell.ts';
import type { Report } from '../model/report.ts';

/** Prometheus text exposition format 0.0.4, for the node exporter's textfile collector or a push gateway. */
export function renderPrometheus(report: Report): string {
  const cells = report.cells.filter((cell) => cell.skipped === null);
  return [
    family('info', 'gauge', 'What was run, and on what.', [{ labels: info(report), value: 1 }]),
    family('ok', 'gauge', 'Whether the run came out as expected.', [
      { labels: {}, value: report.ok ? 1 : 0 },
    ]),
    family('partial', 'gauge', 'Whether the run was interrupted.', [
      { labels: {}, value: report.partial === true ? 1 : 0 },
    ]),
    family('started_timestamp_seconds', 'gauge', 'When the run started.', [
      { labels: {}, value: Date.parse(report.startedAt) / 1000 },
    ]),
    family('notifications', 'gauge', 'Notifications by outcome.', cells.flatMap(outcomes)),
    family('completion_ratio', 'gauge', 'Delivered of sent, 0 to 1.', each(cells, 'completionRate')),
    family('latency_seconds', 'summary', 'From the intended send time.', cells.flatMap(latency)),
    family('throughput_per_second', 'gauge', 'Notifications delivered a second.', throughput(cells)),
    family('connections', 'gauge', 'Connections opened to the server.', each(cells, 'connections')),
    family('findings', 'gauge', 'Findings by cause and severity.', findings(report)),
    family('checks', 'gauge', 'Checks of doctor by what they came to.', checks(report)),
    family('threshold_passed', 'gauge', 'Whether a threshold holds.', thresholds(report)),
  ].join('');
}

function info({ kind, tool, verdict, environment: { node, undici, platform, arch } }: Report): Labels {
  return { kind, verdict: verdict ?? '', version: tool.version, node, undici, platform, arch };
}

function labelsOf({ path, context, strategy, fault }: Cell): Labels {
  return { path, context, strategy, fault: fault ?? '' };
}

function each(cells: readonly Cell[], key: 'completionRate' | 'connections'): readonly Sample[] {
  return cells.map((cell) => ({ labels: labelsOf(cell), value: cell[key] }));
}

function throughput(cells: readonly Cell[]): readonly Sample[] {
  return cells.flatMap((cell) =>
    cell.throughputPerS === null ? [] : [{ labels: labelsOf(cell), value: cell.throughputPerS }],
  );
}

function outcomes(cell: Cell): readonly Sample[] {
  return (['sent', 'delivered', 'late', 'failed', 'hung', 'lost', 'duplicates'] as const).map((outcome) => ({
    labels: { ...labelsOf(cell), outcome },
    value: cell[outcome],
  }));
}

function latency(cell: Cell): readonly Sample[] {
  if (cell.latencyMs === null) return [];
  const { p50, p90, p99, p999, max, mean } = cell.latencyMs;
  const labels = labelsOf(cell);
  const quantiles = [
    ['0.5', p50],
    ['0.9', p90],
    ['0.99', p99],
    ['0.999', p999],
    ['1', max],
  ] as const;
  return [
    ...quantiles.map(([quantile, ms]) => ({ labels: { ...labels, quantile }, value: ms / 1000 })),
    { suffix: '_sum', labels, value: (mean * cell.delivered) / 1000 },
    { suffix: '_count', labels, value: cell.delivered },
  ];
}

/** What holds for a part may fail for the whole. */
function thresholds({ thresholds: results, partial }: Report): readonly Sample[] {
  const known = results.filter(({ passed }) => partial !== true || !passed);
  return known.map(({ expr, cell, passed }) => ({
    labels: { expr, cell: cell ?? '' },
    value: passed ? 1 : 0,
  }));
}

function findings(report: Report): readonly Sample[] {
  if (report.kind !== 'doctor') return [];
  return tally(report.findings.map(({ code, severity }) => ({ code, severity })));
}

function checks({ checks: rows = [] }: Report): readonly Sample[] {
  return tally(rows.map(({ status }) => ({ status })));
}

/** How often each set of labels occurs. */
function tally(all: readonly Labels[]): readonly Sample[] {
  const counts = new Map<string, { labels: Labels; value: number }>();
  for (const labels of all) {
    const key = JSON.stringify(labels);
    counts.set(key, { labels, value: (counts.get(key)?.value ?? 0) + 1 });
  }
  return [...counts.values()];
}
