import type { Finding } from '../model/finding.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { showMs } from '../time/show-ms.ts';

/** What a person at a terminal learns while a program is watched. */
export interface WatchStatus {
  readonly onFinding: (finding: Finding) => void;
  readonly onRequests: (count: number) => void;
  readonly onEnding: () => void;
  stop(): void;
}

/**
 * The program writes to the same terminal, so nothing is drawn over its output: whole lines where something happens, and
 * what changes by the second in the terminal's title.
 */
export function showStatus(terminal: Terminal, timeoutMs: number, now: () => number): WatchStatus {
  const startedAt = now();
  let suspected: string | null = null;
  let title = '';
  const setTitle = (text: string) => {
    if (text !== title) terminal.title(text);
    title = text;
  };
  terminal.note(terminal.err.dim(`Watching for up to ${showMs(timeoutMs)}; Ctrl-C ends it and reports.`));
  return {
    onFinding: ({ code, title: said }) => {
      suspected = code;
      terminal.note(terminal.err.yellow(`Suspected after ${elapsed(now() - startedAt)}: ${code}: ${said}`));
    },
    onRequests: (count) => {
      const left = Math.max(0, timeoutMs - (now() - startedAt));
      const seen = `${count} ${count === 1 ? 'request' : 'requests'} seen`;
      const suspicion = suspected === null ? '' : `, suspected: ${suspected}`;
      setTitle(`timer-notify: ${elapsed(left)} left, ${seen}${suspicion}`);
    },
    onEnding: () => terminal.note(terminal.err.dim('Ending the program with SIGTERM: it still runs.')),
    stop: () => setTitle(''),
  };
}

function elapsed(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
