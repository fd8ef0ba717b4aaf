import type { Cell } from '../../model/cell.ts';
import { html, type Markup } from './markup.ts';
import { table } from './table.ts';

const outcomes = ['delivered', 'late', 'failed', 'hung', 'lost'] as const;

/** What became of every notification, as a bar and in numbers, by context: what was not delivered first, the rest folded. */
export function completionSection(cells: readonly Cell[]): Markup {
  const measured = cells.filter(({ skipped, sent }) => skipped === null && sent > 0);
  if (measured.length === 0) return html``;
  const sorted = [...measured].sort((a, b) => a.context.localeCompare(b.context));
  const [whole, broken] = [true, false].map((isWhole) =>
    sorted.filter(({ delivered, sent }) => (delivered === sent) === isWhole),
  );
  return html`<section aria-labelledby="completion"><h2 id="completion">Completion by thread context</h2>
<p class="key-line">${outcomes.map((outcome) => html`<span class="key-item"><span class="swatch ${outcome}"></span>${outcome}</span>`)}</p>
${broken === undefined || broken.length === 0 ? '' : outcomeTable('What was not delivered', broken)}${
  whole === undefined || whole.length === 0
    ? ''
    : html`<details><summary>${whole.length === 1 ? '1 cell' : `${whole.length} cells`} where everything was delivered</summary>${outcomeTable('Everything delivered', whole)}</details>`
}</section>`;
}

function outcomeTable(caption: string, cells: readonly Cell[]): Markup {
  return table(
    caption,
    [
      { title: 'context' },
      { title: 'strategy' },
      { title: 'path' },
      { title: 'outcomes' },
      { title: 'sent', numeric: true },
      ...outcomes.map((title) => ({ title, numeric: true })),
      { title: 'duplicates', numeric: true },
      { title: 'errors' },
    ],
    cells.map((cell) => ({
      cells: [
        cell.context,
        cell.strategy,
        cell.fault === null ? cell.path : `${cell.path}, ${cell.fault}`,
        bar(cell),
        cell.sent,
        ...outcomes.map((outcome) => cell[outcome]),
        cell.duplicates,
        cell.errors.map(({ code, count }) => `${code} × ${count}`).join(', '),
      ],
    })),
  );
}

function bar(cell: Cell): Markup {
  const parts = outcomes.filter((outcome) => cell[outcome] > 0);
  return html`<span class="bar" aria-hidden="true">${parts.map(
    (outcome) => html`<span class="${outcome}" style="flex-grow:${cell[outcome]}"></span>`,
  )}</span>`;
}
