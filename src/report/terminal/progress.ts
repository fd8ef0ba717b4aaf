import type { Ora } from 'ora';

/** Shows on stderr what is going on: a spinner on a terminal, plain lines elsewhere, nothing when quiet. */
export interface Progress {
  /** Replaces what is being done now. Plain output shows a step only once. */
  step(text: string): void;
  /** Replaces the spinner's text only: for figures that change many times a second. */
  tick(text: string): void;
  /** A line of its own that stays. */
  line(text: string): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly quiet: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export async function openProgress({ stream, quiet, env }: ProgressOptions): Promise<Progress> {
  if (quiet) return silent;
  // A terminal without a width makes ora clear lines for ever.
  if (!stream.isTTY || !stream.columns || isCi(env)) return plain(stream);
  const { default: ora } = await import('ora');
  // discardStdin has swallowed Ctrl-C more than once (sindresorhus/ora#253), so it stays off.
  return spinning(ora({ stream, discardStdin: false }), stream);
}

export function isCi(env: NodeJS.ProcessEnv): boolean {
  return env.CI !== undefined && env.CI !== '' && env.CI !== 'false';
}

const silent: Progress = { step() {}, tick() {}, line() {}, stop() {} };

function plain(stream: NodeJS.WriteStream): Progress {
  return {
    step: (text) => void stream.write(`${text}\n`),
    tick() {},
    line: (text) => void stream.write(`${text}\n`),
    stop() {},
  };
}

function spinning(spinner: Ora, stream: NodeJS.WriteStream): Progress {
  const show = (text: string) => {
    spinner.text = text;
    if (!spinner.isSpinning) spinner.start();
  };
  return {
    step: show,
    tick: show,
    line(text) {
      const resume = spinner.isSpinning;
      spinner.stop();
      stream.write(`${text}\n`);
      if (resume) spinner.start();
    },
    stop: () => void spinner.stop(),
  };
}
