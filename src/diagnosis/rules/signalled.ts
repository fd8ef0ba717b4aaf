import { isOpen } from './request-facts.ts';
import type { Rule } from './rule.ts';
import { placesEvidence } from './wording.ts';

/** `process-exited`: a signal without a handler ends a program on the spot; no exit handler runs, nothing is flushed. */
export const signalled: Rule = (record) => {
  const { signal } = record.end;
  // Whoever presses Ctrl-C knows why the program ended.
  if (record.runtime !== 'python' || signal === null || signal === 'SIGINT') return [];
  const open = record.requests.filter(isOpen).length;
  return [
    {
      code: 'process-exited',
      severity: 'error',
      title: `${signal} ended the program on the spot`,
      thread: null,
      request: null,
      evidence: [
        `${signal} came and had no handler: neither \`finally\` nor atexit handlers ran, and what was under way or waited was dropped`,
        ...(open > 0 ? [`${open} ${open === 1 ? 'request was' : 'requests were'} under way`] : []),
        ...placesEvidence(record),
      ],
      stack: record.places.find(({ thread }) => thread.isMain)?.stack ?? [],
      fix: 'Handle it: signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)), or loop.add_signal_handler, and send what is left before the program ends',
    },
  ];
};
