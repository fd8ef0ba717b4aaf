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
  return remark === undefined ? [command] : [command, ...hung(remark, width, 6, 6)];
}

function proseLines(line: string, width: number): readonly string[] {
  const indent = line.length - line.trimStart().length;
  const label = /^(?:Faults|Errors): +/.exec(line)?.[0].length;
  return hung(line.trimStart(), width, indent, label ?? indent);
}

/** The first line begins at one column, the others at another. */
function hung(text: string, width: number, first: number, others: number): readonly string[] {
  const lines: string[] = [];
  let line = ' '.repeat(first);
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(others);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
