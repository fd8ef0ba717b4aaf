import { type Looked, lookSections } from '../look.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './wrap.ts';

const linesShown = 12;

/** What a look into running processes showed, a section each. */
export function renderLook(report: Looked, { out, columns }: Pick<Terminal, 'out' | 'columns'>): string {
  return lookSections(report)
    .map(({ title, lines }) => {
      const left = lines.length - linesShown;
      return [
        out.bold(title),
        ...lines.slice(0, linesShown).flatMap((line) => indented(line, columns)),
        ...(left > 0 ? [out.dim(`  … and ${left} more`)] : []),
      ].join('\n');
    })
    .join('\n\n');
}

function indented(line: string, columns: number): readonly string[] {
  return wrap(line, Math.max(30, columns - 4)).map((part, index) => `  ${index === 0 ? '' : '  '}${part}`);
}
