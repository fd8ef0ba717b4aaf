/** What the program said, or a stored report says, may hold anything: it must neither break a table nor become markup. */
export function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_|[\]~]/g, (sign) => `\\${sign}`)
    .replaceAll(lineBreak, '<br>');
}

/** A carriage return alone is one, too. */
const lineBreak = /\s*[\n\r]\s*/g;

export function code(value: string): string {
  return `\`${value.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll(lineBreak, ' ')}\``;
}

/** Lines as they are, whatever they hold. */
export function block(lines: readonly string[]): string {
  const rows = lines.map((line) => line.replaceAll(lineBreak, ' '));
  const ticks = rows.flatMap((line) => line.match(/`+/g) ?? []).map(({ length }) => length);
  const fence = '`'.repeat(Math.max(3, ...ticks.map((length) => length + 1)));
  return [`${fence}text`, ...rows, fence].join('\n');
}

/** What is there for whoever looks for it. */
export function folded(summary: string, content: string): string {
  return content === '' ? '' : `<details><summary>${text(summary)}</summary>\n\n${content}\n\n</details>`;
}
