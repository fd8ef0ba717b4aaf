import type { Finding, ThreadTimeline } from '../model/finding.ts';

const words: Readonly<Record<string, string>> = {
  natural: 'ended',
  'exit-call': 'exited',
};

/** What ends because something else does. */
const endedByOther: ReadonlySet<string> = new Set(['process-ended', 'parent-ended']);

/** How a thread came to its end, in a word; empty where it did not. */
export function endWord(thread: ThreadTimeline, findings: readonly Finding[]): string {
  const { end } = thread;
  if (end === null) return '';
  if (endedByOther.has(end)) return wasAtWork(thread, findings) ? 'cut off' : 'ended';
  return words[end] ?? end;
}

/** An idle thread loses nothing by the end of its process. */
function wasAtWork({ id, spans }: ThreadTimeline, findings: readonly Finding[]): boolean {
  return (
    spans.some(({ kind, toMs, good }) => kind === 'request' && toMs === null && !good) ||
    findings.some(({ thread, severity }) => thread?.id === id && severity !== 'info')
  );
}
