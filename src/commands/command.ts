import type { Command } from 'commander';
import type { Terminal } from '../report/terminal/terminal.ts';

/** What every command is given by the program. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted by SIGHUP, SIGINT or SIGTERM: stop, print what is known, leave nothing running. */
  readonly interrupted: AbortSignal;
}

/** Options every command has. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly output?: readonly string[];
  readonly open?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

export interface CommandModule {
  /** The result is no report: `-o` writes it as JSON only, and there is no page to open. */
  readonly isDocument?: true;
  /** Adds arguments, options and examples. */
  configure(command: Command): void;
  /** Runs the command and returns its exit code. */
  run(command: Command, context: CommandContext): Promise<number>;
}
