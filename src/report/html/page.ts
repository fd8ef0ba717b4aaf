import { showCount, showPercent } from '../../measure/figures.ts';
import type { Report } from '../../model/report.ts';
import { showMs } from '../../time/show-ms.ts';
import { headlineOf } from '../headline/headline.ts';
import { judgements } from '../judgement.ts';
import { describeRun } from '../load.ts';
import { runtimeText } from '../runtime-text.ts';
import { provenance } from '../source-link.ts';
import { checkSection } from './checks.ts';
import { completionSection } from './completion.ts';
import { figureSection } from './figures.ts';
import { findingSection } from './findings.ts';
import { heatMapSection } from './heat-map.ts';
import { comparisonSection, rankingSection, thresholdSection, warningSection } from './judgements.ts';
import { latencySection } from './latency.ts';
import { lookSection } from './look.ts';
import { html, type Markup, prose } from './markup.ts';
import { storySection } from './stories.ts';
import { strategyStyle } from './strategies.ts';
import { pageStyle } from './style.ts';
import { threadSection } from './threads.ts';

/** One self-contained page without scripts or network: opens from disk, prints, and passes a strict CI server. */
export function renderHtml(report: Report): string {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>timer-notify ${report.kind}: ${headlineOf(report).words}</title>
<style>${pageStyle()}${strategyStyle()}</style></head>
<body><a class="skip" href="#result">Skip to the result</a><main>
${header(report)}
<div id="result">${sections(report)}</div>
</main></body></html>
`;
  return page.text;
}

function sections(report: Report): readonly Markup[] {
  return [
    heatMapSection(report.cells),
    tiles(report),
    thresholdSection(report.thresholds),
    comparisonSection(report.comparison),
    findingSection(report),
    checkSection(report.checks ?? []),
    ...(report.looks === undefined ? [threadSection(report)] : []),
    lookSection(report),
    warningSection(report.warnings ?? []),
    storySection(report.timelines ?? []),
    latencySection(report.cells),
    rankingSection(report.ranking ?? []),
    completionSection(report.cells),
    figureSection(report.cells),
  ];
}

function header(report: Report): Markup {
  const { kind, tool, startedAt, durationMs, environment: env, partial } = report;
  const { tone, words, sentence } = headlineOf(report);
  const machine = env.cpuModel === undefined ? '' : ` (${env.cpuModel})`;
  return html`<header><h1>timer-notify ${kind} <span class="verdict ${tone}">${words}</span></h1>
${sentence === '' ? '' : html`<p class="lead">${prose(sentence)}</p>`}
<p class="meta">${new Date(startedAt).toUTCString()}, took ${showMs(durationMs)} · timer-notify ${tool.version} · ${provenance(report).map((part) => `${part} · `)}${runtimeText(report)} · ${env.platform} ${env.arch}, ${env.cpus} cores${machine}, thread pool of ${env.threadpoolSize}${describeRun(report).map((how) => ` · ${how}`)}</p>
${partial === true ? html`<p class="notice">The run was interrupted: this is what was measured until then.</p>` : ''}</header>`;
}

/** The result at a glance. */
function tiles({ cells, checks = [], thresholds, findings, durationMs }: Report): Markup {
  const measured = cells.filter(({ skipped }) => skipped === null);
  const [sent, delivered] = (['sent', 'delivered'] as const).map((key) =>
    measured.reduce((sum, cell) => sum + cell[key], 0),
  );
  const judged = judgements(thresholds);
  const tile = (figure: string, text: string) => html`<li><b>${figure}</b><span>${text}</span></li>`;
  return html`<ul class="tiles">${[
    ...(sent === undefined || delivered === undefined || sent === 0
      ? []
      : [
          tile(showPercent(delivered / sent), `of ${showCount(sent)} notifications delivered`),
          tile(`${measured.length}`, measured.length === 1 ? 'cell measured' : 'cells measured'),
        ]),
    ...(judged.length === 0
      ? []
      : [tile(`${judged.filter(({ passed }) => passed).length} of ${judged.length}`, 'thresholds hold')]),
    ...(checks.length === 0
      ? []
      : [
          tile(
            `${checks.filter(({ status }) => status === 'ok').length} of ${checks.length}`,
            'checks passed',
          ),
          tile(`${checks.filter(({ status }) => status === 'skipped').length}`, 'not checked'),
        ]),
    ...(findings.length === 0
      ? []
      : [tile(`${findings.length}`, findings.length === 1 ? 'finding' : 'findings')]),
    tile(showMs(durationMs), 'run time'),
  ]}</ul>`;
}
