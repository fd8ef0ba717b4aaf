import type { CheckReport, CheckStatus } from '../../model/finding.ts';
import { html, type Markup, prose } from './markup.ts';
import { type Column, table } from './table.ts';

const words: Readonly<Record<CheckStatus, string>> = {
  ok: '✔ ok',
  warn: '⚠ look at it',
  fail: '✖ failed',
  skipped: '– not checked',
  inconclusive: '? can’t tell',
  crash: '✖ crashed',
};

const tones = {
  ok: 'good',
  warn: 'doubtful',
  fail: 'bad',
  crash: 'bad',
  skipped: 'quiet',
  inconclusive: 'quiet',
} as const;

/** Whether a person has something to do about it. */
const isOpen = ({ status }: CheckReport) => status !== 'ok' && status !== 'skipped';

/** What `doctor` looked at: what is to be done first, the rest folded, group by group. */
export function checkSection(checks: readonly CheckReport[]): Markup {
  if (checks.length === 0) return html``;
  const open = checks.filter(isOpen);
  const groups = [...new Set(checks.map(({ group }) => group))];
  return html`<section class="prose" aria-labelledby="checks"><h2 id="checks">Checks</h2>${
    open.length === 0 ? '' : checkTable('To look at', ['check', 'result', 'seen', 'what to do'], open)
  }${groups.map((group) =>
    groupDetails(
      group,
      checks.filter((check) => check.group === group),
    ),
  )}</section>`;
}

function groupDetails(group: string, checks: readonly CheckReport[]): Markup {
  const count = (text: string, holds: (check: CheckReport) => boolean) => {
    const number = checks.filter(holds).length;
    return number === 0 ? [] : [`${number} ${text}`];
  };
  const counts = [
    ...count('ok', ({ status }) => status === 'ok'),
    ...count('to look at', isOpen),
    ...count('not checked', ({ status }) => status === 'skipped'),
  ];
  return html`<details><summary><b>${group}</b>: ${counts.join(', ')}</summary>${checkTable(group, ['check', 'result', 'seen'], checks)}</details>`;
}

function checkTable(caption: string, titles: readonly string[], checks: readonly CheckReport[]): Markup {
  const columns: readonly Column[] = titles.map((title) => ({ title }));
  return table(
    caption,
    columns,
    checks.map(({ title, status, seen, fix }) => ({
      cells: [title, words[status], prose(seen), prose(fix ?? '')].slice(0, titles.length),
      tone: tones[status],
    })),
  );
}
