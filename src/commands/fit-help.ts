import { wrap } from '../report/terminal/wrap.ts';

/** Help breaks at spaces, so that a narrow terminal breaks no word. A command line stays whole: it is there to be copied. */
export function fitHelp(text: string, width: number): string {
  const lines = text.split('\n');
  const examplesFit = lines.every((line) => !example.test(line) || line.length <= width);
  return lines
    .flatMap((line) => {
      if (example.test(line)) return examplesFit ? [line] : exampleLines(line, width);
      return line.length <= width ? [line] : proseLines(line, width);
    })
    .join('\n');
}

/** A command line, and what it is for. */
const example = /^( {2}(?:[A-Z_]+=\S+ )*timer-notify\b.*?)(?: {2,}(\S.*))?$/;

/** The remark goes below where one of them does not fit beside. */
function exampleLines(line: string, width: number): readonly string[] {
  const [, command = '', remark] = example.exec(line) ?? [];
  return remark === undefined ? [command] : [command, ...hung(' '.repeat(6), remark, width)];
}

function proseLines(line: string, width: number): readonly string[] {
  const [start] = /^(?:(?:Faults|Errors): +| *)/.exec(line) ?? [''];
  return hung(start, line.slice(start.length), width);
}

/** What the first line begins with, the others are indented by. */
function hung(start: string, text: string, width: number): readonly string[] {
  const indent = ' '.repeat(start.length);
  return wrap(text, width - start.length).map((line, index) => `${index === 0 ? start : indent}${line}`);
}
