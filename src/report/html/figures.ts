import { cellName, showBytes, showPercent, showPerSecond } from '../../measure/figures.ts';
import type { Cell } from '../../model/cell.ts';
import { showMs } from '../../time/show-ms.ts';
import { html, type Markup } from './markup.ts';
import { table } from './table.ts';

/** The numbers behind the charts. */
export function figureSection(cells: readonly Cell[]): Markup {
  const measured = cells.filter(({ skipped }) => skipped === null);
  if (measured.length === 0) return html``;
  return html`<section aria-labelledby="figures"><h2 id="figures">All figures</h2>
<details><summary>Latency and throughput</summary>${latencies(measured)}</details>
${measured.some(({ rounds }) => rounds !== undefined) ? html`<details><summary>Rounds</summary>${rounds(measured)}</details>` : ''}
${measured.some(({ resources }) => resources !== undefined) ? html`<details><summary>Resources</summary>${resources(measured)}</details>` : ''}
</section>`;
}

const percentiles = ['min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const;

function latencies(cells: readonly Cell[]): Markup {
  return table(
    'Latency and throughput',
    [
      { title: 'cell' },
      ...percentiles.map((title) => ({ title: title === 'p999' ? 'p99.9' : title, numeric: true })),
      { title: 'delivered', numeric: true },
      { title: 'per s', numeric: true },
      { title: 'connections', numeric: true },
    ],
    cells.map((cell) => ({
      cells: [
        cellName(cell),
        ...percentiles.map((key) => (cell.latencyMs === null ? '–' : showMs(cell.latencyMs[key]))),
        cell.delivered,
        cell.throughputPerS === null ? '–' : showPerSecond(cell.throughputPerS),
        cell.connections,
      ],
    })),
  );
}

function rounds(cells: readonly Cell[]): Markup {
  return table(
    'Rounds',
    [
      { title: 'cell' },
      ...['round', 'sent', 'delivered', 'p50', 'p99', 'offered'].map((title) => ({ title, numeric: true })),
    ],
    cells.flatMap((cell) =>
      (cell.rounds ?? []).map(({ number, sent, completionRate, latencyMs, offeredPerS }) => ({
        cells: [
          cellName(cell),
          number,
          sent,
          showPercent(completionRate),
          latencyMs === null ? '–' : showMs(latencyMs.p50),
          latencyMs === null ? '–' : showMs(latencyMs.p99),
          showPerSecond(offeredPerS),
        ],
      })),
    ),
  );
}

function resources(cells: readonly Cell[]): Markup {
  return table(
    'Resources',
    [
      { title: 'cell' },
      ...['CPU time', 'peak memory', 'requests per connection', 'leaked sockets'].map((title) => ({
        title,
        numeric: true,
      })),
      { title: 'loop utilization by thread' },
      { title: 'emulator’s', numeric: true },
    ],
    cells.flatMap((cell) => {
      if (cell.resources === undefined) return [];
      const { cpuMs, peakRssBytes, requestsPerConnection, leakedSockets, threads, emulatorUtilization } =
        cell.resources;
      return [
        {
          cells: [
            cellName(cell),
            showMs(cpuMs),
            showBytes(peakRssBytes),
            requestsPerConnection === null ? '–' : requestsPerConnection.toFixed(1),
            leakedSockets ?? '–',
            threads.map(({ name, utilization }) => `${name} ${showPercent(utilization)}`).join(', '),
            emulatorUtilization === null ? '–' : showPercent(emulatorUtilization),
          ],
        },
      ];
    }),
  );
}
