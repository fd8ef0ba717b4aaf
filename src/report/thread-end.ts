const words: Readonly<Record<string, string>> = {
  natural: 'ended',
  'exit-call': 'exited',
  'process-ended': 'cut off',
  'parent-ended': 'cut off',
};

/** How a thread came to its end, in a word. */
export function endWord(end: string): string {
  return words[end] ?? end;
}
