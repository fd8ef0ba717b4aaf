import { CommanderError } from 'commander';
import { UsageError } from '../errors.ts';
import { schemaVersion } from '../report/report.ts';
import type { Terminal } from '../report/terminal/terminal.ts';

export interface ErrorStyle {
  readonly json: boolean;
  readonly verbose: boolean;
}

/** One line `error: what; why; what to do`; with `--json` one document on stdout; a stack only with `--verbose`. */
export function printError(error: unknown, terminal: Terminal, { json, verbose }: ErrorStyle): void {
  const message = messageOf(error);
  if (json) terminal.print(JSON.stringify({ schemaVersion, ok: false, error: { message } }));
  else terminal.note(`${terminal.err.red('error:')} ${message}`);
  if (verbose && error instanceof Error && error.stack !== undefined) terminal.note(error.stack);
}

function messageOf(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof CommanderError) return error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const reason = error instanceof Error ? error.message : String(error);
  return `timer-notify failed; ${reason}; run again with --verbose and report it`;
}
