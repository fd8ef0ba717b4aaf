import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { bin } from './cli.ts';

/** The built CLI's `serve`, as another program's developer starts it. */
export interface Serving {
  readonly baseUrl: string;
  readonly origin: string;
  readonly webhookUrl: string;
  /** stdout by line; the first one is the base URL. */
  readonly lines: AsyncIterator<string>;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  received(): Promise<readonly Received[]>;
  /** Ctrl-C; the exit code. */
  stop(): Promise<number | null>;
}

export interface Received {
  readonly text: string;
  readonly channelName: string | null;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly via: string;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
}

export async function startServing(
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Serving> {
  const child = spawn(process.execPath, [bin, 'serve', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exited = once(child, 'exit');
  const first = String((await lines.next()).value);
  const baseUrl = first.startsWith('{') ? String(JSON.parse(first).baseUrl) : first;
  const { origin } = new URL(baseUrl);
  return {
    baseUrl,
    origin,
    webhookUrl: `${origin}/services/T000/B000/XXXX`,
    lines,
    child,
    async received() {
      const list: { messages: Received[] } = JSON.parse(await (await fetch(`${origin}/received`)).text());
      return list.messages;
    },
    async stop() {
      child.kill('SIGINT');
      const [code] = await exited;
      return code;
    },
  };
}

/** The next line of stdout that matches. */
export async function lineWith(serving: Serving, pattern: RegExp): Promise<string> {
  for (;;) {
    const { value, done } = await serving.lines.next();
    if (done === true) throw new Error(`stdout ended without ${pattern}`);
    if (pattern.test(value)) return value;
  }
}
