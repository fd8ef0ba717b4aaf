/** A space, but not the one between a figure and its unit. */
const gap = / (?!(?:ms|s|m|h|B|KB|MB|%|×)(?![\w-]))|(?<!\d) /;

/** Breaks text into lines of at most `columns` characters, at spaces. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(gap)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Keeps the beginning. */
export function cutTo(columns: number, text: string): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}
