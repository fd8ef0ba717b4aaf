import type { CheckReport, CheckStatus } from '../../model/finding.ts';
import { html, type Markup } from './markup.ts';
import { table } from './table.ts';

const words: Readonly<Record<CheckStatus, string>> = {
  ok: '✔ ok',
  warn: '⚠ look at it',
  fail: '✖ failed',
  skipped: '– not checked',
  inconclusive: '? no answer',
  crash: '✖ crashed',
};

const tones = {
  ok: 'good',
  warn: 'bad',
  fail: 'bad',
  crash: 'bad',
  skipped: 'quiet',
  inconclusive: 'quiet',
} as const;

/** What `doctor` looked at, group by group. */
export function checkSection(checks: readonly CheckReport[]): Markup {
  if (checks.length === 0) return html``;
  const groups = [...new Set(checks.map(({ group }) => group))];
  const columns = ['check', 'result', 'seen', 'what to do'].map((title) => ({ title }));
  return html`<section class="prose" aria-labelledby="checks"><h2 id="checks">Checks</h2>${groups.map(
    (group) =>
      table(
        group,
        columns,
        checks
          .filter((check) => check.group === group)
          .map(({ title, status, seen, fix }) => ({
            cells: [title, words[status], seen, fix ?? ''],
            tone: tones[status],
          })),
      ),
  )}</section>`;
}
