import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Command } from 'commander';
import { endProgram, killOnForcedEnd } from '../diagnosis/collect/end-program.ts';
import { describeServedFaults, type Fault, parseFaults, servedFaults } from '../emulator/faults.ts';
import { type ServedEmulator, type ServeOptions, serveEmulator } from '../emulator/served/serve-emulator.ts';
import type { RateLimit } from '../emulator/workspace.ts';
import { UsageError } from '../errors.ts';
import { errorCode } from '../file-error.ts';
import { loadConfig } from '../options/layers.ts';
import { tokenOf } from '../options/token.ts';
import { problemLine, receivedLine } from '../report/terminal/received-line.ts';
import { renderServe } from '../report/terminal/serve.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { checkJsonOutputs, writeTexts } from '../report/write.ts';
import { schemaVersion } from '../version.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { noteUnlessQuiet } from './note-unless-quiet.ts';
import { openPage } from './open-report.ts';
import { collect, durationOption, faultOption, sizeOption } from './options.ts';
import { announceFiles } from './publish-report.ts';

interface ServeFlags extends CommonOptions {
  readonly port: string;
  readonly fault?: readonly string[];
  readonly latency?: number;
  readonly replySize?: number;
  readonly seed?: string;
  readonly channel?: readonly string[];
  readonly rateLimit?: string | true;
  readonly workspaceRateLimit?: string;
  readonly lenient?: boolean;
  readonly onlyEnvToken?: boolean;
  readonly events?: string;
}

/** What Slack lets through at once before its limit of one message a second and channel. */
const defaultBurst = 5;

/** What it prints is no report. */
export const isDocument = true;

export function configure(command: Command): void {
  command
    .argument('[command...]', 'run this command against the emulator, then end with its exit code')
    .usage('[options] [-- <command…>]')
    .option('--port <number>', 'listen on this port of 127.0.0.1 and ::1; 0 takes a free one', '0')
    .addOption(faultOption('what goes wrong: hang:10%, status-503, rate-limit:first-2, …', servedFaults))
    .addOption(durationOption('--latency <duration>', 'delay every response: 50ms'))
    .addOption(sizeOption('--reply-size <size>', 'grow JSON responses to this size: 128KB'))
    .option('--seed <number>', 'apply the same faults to other requests')
    .option('--channel <name...>', 'only these channels exist', collect)
    .option(
      '--rate-limit [burst]',
      `limit as Slack does: 1 message a second and channel, after ${defaultBurst} at once`,
    )
    .option('--workspace-rate-limit <number>', 'limit all calls together to this many a second')
    .option(
      '--lenient',
      'answer ok, with a warning, where Slack would refuse the arguments or the emulator lacks the method',
    )
    .option(
      '--only-env-token',
      'accept only the token in SLACK_BOT_TOKEN, or in the file that --config names, not any xoxb-…',
    )
    .option(
      '--events <url>',
      'post events to this bot, signed with SLACK_SIGNING_SECRET; without it they go to Socket Mode only',
    )
    .option('--open', 'open the live page in the browser')
    .addHelpText('after', help);
}

const help = `
Stdout gets the base URL first, then how to use it, then a line for every message that arrives; with a command after --, those lines alone.
With --json it gets one document with the addresses, at once, and the lines go to stderr. -q leaves out the lines of messages and of refused calls. The file of -o gets the same document when serve ends, with what arrived: total, messages and refused, as GET /received has them.
GET / is a live page, GET /received the messages as JSON (newest first, the last 1000), DELETE /received clears them.

POST /dispatch makes something happen:
  {"event": {"type": "message", "channel": "C1", "user": "U1", "text": "hi"}}
A command after -- gets SLACK_API_URL and SLACK_WEBHOOK_URL, and SLACK_BOT_TOKEN, SLACK_APP_TOKEN and SLACK_SIGNING_SECRET where it has none; options of serve go before --.

Faults: ${describeServedFaults()} Add :10% for a share of the requests or :first-2 for the first two; without it every request is hit. chat.postMessage/… in front limits it to that method, webhook/… to webhooks.
Errors: a token xoxb-test-<code> or a channel named like a code gets that error: xoxb-test-invalid_auth, #is_archived; so does a webhook whose last part is one: /services/T000/B000/no_service. A fault in that place applies to that token's or webhook's requests: xoxb-test-rate-limit:2s:first-1.

With SLACK_CLIENT_ID and SLACK_CLIENT_SECRET set, OAuth knows that client only, else any.

Examples:
  timer-notify serve --port 8080
  timer-notify serve -- npm test
  timer-notify serve --fault chat.postMessage/rate-limit:2s:first-1 --latency 50ms
  timer-notify serve --rate-limit 10 --channel general,alerts
`;

export async function run(command: Command, { terminal, interrupted }: CommandContext): Promise<number> {
  const flags = command.opts<ServeFlags>();
  checkJsonOutputs(flags.output ?? [], 'what serve received');
  const token = acceptedToken(flags, terminal);
  const served = await serveEmulator(optionsOf(flags, terminal, token));
  let code: number;
  let failed = false;
  try {
    code =
      command.args.length === 0
        ? await serveUntil(served, flags, terminal, token, interrupted)
        : await runAgainst(served, command.args, flags, terminal, interrupted);
  } finally {
    served.close();
    failed = await writeReceived(served, flags, terminal);
  }
  // A command that failed has said so first: a full disk does not take that back.
  return code === 0 && failed ? 2 : code;
}

async function serveUntil(
  served: ServedEmulator,
  flags: ServeFlags,
  terminal: Terminal,
  token: string | null,
  interrupted: AbortSignal,
): Promise<number> {
  terminal.print(
    flags.json === true
      ? JSON.stringify(addressesOf(served))
      : renderServe({ ...served, token: token === null ? 'xoxb-test' : '$SLACK_BOT_TOKEN' }, terminal.out),
  );
  if (flags.open === true) {
    const problem = await openPage(new URL('/', served.baseUrl).href, terminal.env);
    if (problem !== null) terminal.note(problem);
  }
  if (flags.quiet !== true) terminal.note(terminal.err.dim('Ctrl-C stops it.'));
  if (!interrupted.aborted) await once(interrupted, 'abort');
  return 0;
}

/** Runs the command with the emulator in its environment; its stdio is ours, and so is its exit code. */
async function runAgainst(
  served: ServedEmulator,
  [file = '', ...args]: readonly string[],
  flags: ServeFlags,
  terminal: Terminal,
  interrupted: AbortSignal,
): Promise<number> {
  if (flags.json === true) terminal.print(JSON.stringify(addressesOf(served)));
  const child = spawn(file, args, {
    stdio: ['inherit', flags.json === true ? 2 : 'inherit', 'inherit'],
    env: {
      SLACK_BOT_TOKEN: 'xoxb-test',
      SLACK_APP_TOKEN: 'xapp-test',
      SLACK_SIGNING_SECRET: signingSecret(terminal.env),
      ...terminal.env,
      SLACK_API_URL: served.baseUrl,
      SLACK_WEBHOOK_URL: served.webhookUrl,
    },
  });
  killOnForcedEnd(child);
  const closed = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      const [why, remedy] =
        errorCode(error) === 'EACCES'
          ? ['it may not be executed', `name what runs it, for example: timer-notify serve -- node ${file}`]
          : ['there is no such command', 'check it, and what follows --'];
      reject(new UsageError(`cannot run "${file}"`, why, remedy));
    });
    child.once('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  const ending = { done: Promise.resolve(false) };
  const end = () => {
    ending.done = endProgram({ child, exited: closed, others: [], graceMs });
  };
  interrupted.addEventListener('abort', end, { once: true });
  const code = await closed;
  await ending.done;
  return code;
}

/** How long the command may take to end after SIGTERM, in ms: a doctor in it has a program to end of its own. */
const graceMs = 5000;

/** What events are signed with, and what a bot checks them with. */
function signingSecret(env: NodeJS.ProcessEnv): string {
  return env.SLACK_SIGNING_SECRET ?? 'timer-notify-test';
}

function addressesOf({ origin, baseUrl, webhookUrl }: ServedEmulator): object {
  return {
    schemaVersion,
    kind: 'serve',
    baseUrl,
    webhookUrl,
    pageUrl: `${origin}/`,
    receivedUrl: `${origin}/received`,
  };
}

function optionsOf(flags: ServeFlags, terminal: Terminal, token: string | null): ServeOptions {
  const say = lineWriter(flags, terminal);
  const color = flags.json === true ? terminal.err : terminal.out;
  const { SLACK_CLIENT_ID: id, SLACK_CLIENT_SECRET: secret } = terminal.env;
  return {
    ...(flags.events === undefined
      ? {}
      : { events: { url: httpUrl(flags.events), signingSecret: signingSecret(terminal.env) } }),
    port: wholeNumber('--port', flags.port, 65_535),
    faults: faultsOf(flags),
    ...(flags.seed === undefined ? {} : { seed: wholeNumber('--seed', flags.seed, 2 ** 32 - 1) }),
    ...(flags.replySize === undefined ? {} : { replySizeBytes: flags.replySize }),
    ...(flags.channel === undefined ? {} : { channels: flags.channel }),
    ...(flags.rateLimit === undefined
      ? {}
      : { rateLimit: { burst: burstOf(flags.rateLimit), perSecond: 1 } }),
    ...(flags.workspaceRateLimit === undefined
      ? {}
      : { workspaceRateLimit: everyCallLimit(flags.workspaceRateLimit) }),
    ...(flags.lenient === true ? { lenient: true } : {}),
    ...(id === undefined || secret === undefined ? {} : { client: { id, secret } }),
    ...(token === null ? {} : { token }),
    onReceived: (message) => say(receivedLine(message, color)),
    onExchange(exchange) {
      if (exchange.problem !== null) say(problemLine(exchange, new Date(), color));
    },
  };
}

/** Live lines are part of the result, except where the result is one JSON document. */
function lineWriter({ quiet, json }: ServeFlags, terminal: Terminal): (line: string) => void {
  if (quiet === true) return () => {};
  return json === true ? terminal.note : terminal.print;
}

function faultsOf({ fault = [], latency }: ServeFlags): readonly Fault[] {
  const faults = parseFaults(fault, servedFaults);
  if (faults.some(({ kind }) => kind === 'refuse')) {
    throw new UsageError(
      'serve has no fault "refuse"',
      'a server that refuses connections is no server',
      'point your program at a port where nothing listens, for example http://127.0.0.1:1/api/',
    );
  }
  return latency === undefined ? faults : [...faults, { kind: 'latency', ms: latency }];
}

function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(
    `bad --events "${text}"`,
    'it is not an http or https URL',
    'write for example http://127.0.0.1:3000/slack/events',
  );
}

function burstOf(flag: string | true): number {
  if (flag === true) return defaultBurst;
  const burst = wholeNumber('--rate-limit', flag, 1_000_000);
  if (burst > 0) return burst;
  throw new UsageError('bad --rate-limit "0"', 'no message would ever pass', 'write 1 or more');
}

function everyCallLimit(flag: string): RateLimit {
  const perSecond = wholeNumber('--workspace-rate-limit', flag, 1_000_000);
  if (perSecond > 0) return { burst: perSecond, perSecond };
  throw new UsageError('bad --workspace-rate-limit "0"', 'no call would ever pass', 'write 1 or more');
}

function wholeNumber(flag: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new UsageError(`bad ${flag} "${text}"`, `it is a whole number up to ${most}`, 'write one in digits');
}

/** Null accepts any. A configuration that was named is read in any case, so that a wrong one is reported. */
function acceptedToken(flags: ServeFlags, terminal: Terminal): string | null {
  const { config, onlyEnvToken } = flags;
  if (onlyEnvToken !== true && config === undefined) return null;
  const settings = loadConfig({
    file: config,
    directory: process.cwd(),
    env: terminal.env,
    flags: {},
    onNote: noteUnlessQuiet(flags, terminal),
  });
  if (onlyEnvToken !== true) return null;
  const token = tokenOf(settings);
  if (token !== null) return token;
  throw new UsageError(
    '--only-env-token has no token',
    'SLACK_BOT_TOKEN is not set',
    'set it to a made-up token, for example SLACK_BOT_TOKEN=xoxb-mine',
  );
}

/** The document of `--json`, and what has arrived since; whether a file could not be written. */
async function writeReceived(
  served: ServedEmulator,
  flags: ServeFlags,
  terminal: Terminal,
): Promise<boolean> {
  const text = `${JSON.stringify({ ...addressesOf(served), ...served.received() }, null, 2)}\n`;
  const failed = await writeTexts(text, flags.output ?? []);
  announceFiles(flags, failed, terminal);
  return failed.size > 0;
}
