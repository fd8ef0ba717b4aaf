import type { CommandModule } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** Every command; its code is imported only when it runs. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'doctor',
    summary: 'find out why a notification does not arrive: in a program, a handler or this project',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'repro',
    summary: 'show the failure and its fixes: every thread context × every strategy',
    load: () => import('./repro.ts'),
  },
  {
    name: 'bench',
    summary: 'put every strategy under load, judge it by thresholds, compare it with a baseline',
    load: () => import('./bench.ts'),
  },
  {
    name: 'report',
    summary: 'merge stored reports, show them in any format, judge them by thresholds',
    load: () => import('./report.ts'),
  },
  {
    name: 'send',
    summary: 'send a confirmation and an expiry to a real channel, or to the emulator',
    load: () => import('./send.ts'),
  },
  {
    name: 'serve',
    summary: 'run the local Slack-compatible API for other programs, with faults on request',
    load: () => import('./serve.ts'),
  },
  {
    name: 'explain',
    summary: 'explain a verdict of doctor: what it looks like, why it happens, how to fix it',
    load: () => import('./explain.ts'),
  },
  {
    name: 'init',
    summary: 'write a commented configuration and a CI job',
    load: () => import('./init.ts'),
  },
];
