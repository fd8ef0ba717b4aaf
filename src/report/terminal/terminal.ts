import type { ChalkInstance } from 'chalk';
import { printableOnTerminal } from '../../printable.ts';
import { protectEnvironment, redact } from '../../slack/redact.ts';
import { colorFor } from './color.ts';
import { openProgress, type Progress } from './progress.ts';

/** The user's terminal: stdout for the result, stderr for everything else. No secret passes it. */
export interface Terminal {
  readonly out: ChalkInstance;
  readonly err: ChalkInstance;
  /** Columns of stdout; 100 where it is no terminal. */
  readonly columns: number;
  readonly env: NodeJS.ProcessEnv;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  /** Writes the result. */
  print(text: string): void;
  /** Writes a message for the person watching. */
  note(text: string): void;
  progress(quiet: boolean): Promise<Progress>;
  /** Shows a text as the window's title. */
  title(text: string): void;
}

export function openTerminal(color: boolean): Terminal {
  const { stdout, stderr, env } = process;
  protectEnvironment(env);
  return {
    out: colorFor('stdout', { flag: color, env }),
    err: colorFor('stderr', { flag: color, env }),
    // What is no terminal has a width where its reader says so, as in a pager or a CI log.
    columns: stdout.columns || Number(env.COLUMNS) || 100,
    env,
    stdoutIsTty: stdout.isTTY === true,
    stderrIsTty: stderr.isTTY === true,
    print: (text) => void stdout.write(safe(text.endsWith('\n') ? text : `${text}\n`)),
    note: (text) => void stderr.write(safe(`${text}\n`)),
    title: (text) => void (env.TERM !== 'dumb' && stderr.write(`\u001b]0;${safe(text)}\u0007`)),
    progress: async (quiet) => guarding(await openProgress({ stream: stderr, quiet, env })),
  };
}

/** Nothing leaves that is a secret, or that a terminal would act on rather than show. */
function safe(text: string): string {
  return redact(printableOnTerminal(text));
}

function guarding(progress: Progress): Progress {
  return {
    step: (text) => progress.step(safe(text)),
    tick: (text) => progress.tick(safe(text)),
    line: (text) => progress.line(safe(text)),
    stop: () => progress.stop(),
  };
}
