import { showCount } from '../../measure/figures.ts';
import { type Content, html, type Markup } from './markup.ts';

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

export interface TableRow {
  /** The first names the row. */
  readonly cells: readonly Content[];
  readonly tone?: 'good' | 'doubtful' | 'bad' | 'quiet';
}

/**
 * On a narrow screen its rows become blocks, each figure with the title of its column, so that nothing is out of sight;
 * elsewhere it scrolls sideways on its own where it has to, by keyboard too.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly TableRow[]): Markup {
  return html`<div class="scroll stacked" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title, numeric }) => html`<th scope="col" class="${numeric === true ? 'number' : ''}">${title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => tableRow(row, columns))}</tbody>
</table></div>`;
}

function tableRow({ cells, tone }: TableRow, columns: readonly Column[]): Markup {
  const [name = '', ...others] = cells;
  return html`<tr class="${tone ?? ''}"><th scope="row">${name}</th>${others.map((content, index) => {
    const { title = '', numeric } = columns[index + 1] ?? {};
    const shown = typeof content === 'number' ? showCount(content) : content;
    return html`<td class="${numeric === true ? 'number' : ''}" data-title="${title}">${shown}</td>`;
  })}</tr>
`;
}
