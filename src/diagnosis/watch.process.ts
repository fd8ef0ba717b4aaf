// The collector of `timer-notify/watch`: beside the watched process, at a low priority, for as long as that is there.
import { appendFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import type { Finding } from '../model/finding.ts';
import { followRunning } from './collect/collect.ts';
import { LiveFindings } from './live-findings.ts';
import { observeRunningNode } from './node/observer.ts';

const [directory = '', pid = '', hangAfterMs = '', output = 'stderr'] = process.argv.slice(2);

setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const live = new LiveFindings({ hangAfterMs: Number(hangAfterMs) });
const gone = new AbortController();
process.once('disconnect', () => gone.abort());
// A program that ended at once may have gone before this one was loaded.
if (!process.connected) gone.abort();
// A supervisor may signal all that it started: this one ends with the program, not before it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

await followRunning(observeRunningNode(directory, Number(hangAfterMs)), {
  pid: Number(pid),
  interrupted: gone.signal,
  observe: (record) => {
    for (const finding of live.observe(record).fresh) say(finding);
    return 'go on';
  },
});

/** Written here, since the program's own loop may be what is blocked. */
function say(finding: Finding): void {
  const line = `${JSON.stringify({ kind: 'timer-notify:finding', at: new Date().toISOString(), pid: Number(pid), ...finding })}\n`;
  try {
    if (output === 'stderr') process.stderr.write(line);
    else appendFileSync(output, line);
  } catch {
    // A log that can't be written is no reason to disturb the program.
  }
  if (process.connected) process.send?.(finding);
}
