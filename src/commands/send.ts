import { type Command, Option } from 'commander';
import { chooseStrategy } from '../config/choose-strategy.ts';
import { describeSettings } from '../config/describe.ts';
import {
  chooseDestination,
  type Destination,
  type DestinationName,
  destinationNames,
} from '../config/destination.ts';
import { loadConfig } from '../config/load.ts';
import type { Effective, Layer, Sourced } from '../config/sources.ts';
import { type ContextName, contextNames } from '../contexts/names.ts';
import { type StrategyName, strategyNames } from '../delivery/strategy.ts';
import { UsageError } from '../errors.ts';
import { escapeText } from '../notification/escape-text.ts';
import { longText } from '../notification/limits.ts';
import { readButton } from '../notification/read-button.ts';
import { schemaVersion } from '../report/report.ts';
import { renderRequests } from '../report/terminal/requests.ts';
import { renderSend } from '../report/terminal/send.ts';
import { renderSettings } from '../report/terminal/settings.ts';
import { checkOutputs, writeOutputs } from '../report/write.ts';
import { protectSecret } from '../slack/redact.ts';
import { plannedRequests } from '../trial/planned-requests.ts';
import { newTimerName, type SendRequest, send } from '../trial/send.ts';
import { watchSend } from '../trial/send-progress.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { durationOption, namesOption, pickName } from './options.ts';

interface Options extends CommonOptions {
  readonly channel?: string;
  readonly after: number;
  readonly text?: string;
  readonly threadTs?: string;
  readonly button?: readonly string[];
  readonly to?: DestinationName;
  readonly context?: readonly ContextName[];
  readonly strategy?: readonly StrategyName[];
  readonly timeout?: number;
  readonly retryAmbiguous?: boolean;
  readonly tokenFile?: string;
  readonly baseUrl?: string;
  readonly dryRun?: boolean;
  readonly printConfig?: boolean;
}

export function configure(command: Command): void {
  command
    .option('--channel <channel>', 'channel ID (C…) or name', undefined)
    .addOption(durationOption('--after <duration>', 'the timer’s duration').default(10_000, '10s'))
    .option('--text <text>', 'text of the expiry notification')
    .option('--thread-ts <ts>', 'reply to the message with this ts')
    .addOption(
      new Option(
        '--button <spec>',
        'a button, e.g. "Snooze=snooze:5m" or "Open=https://…"; repeat it',
      ).argParser((spec, previous: readonly string[] = []) => [...previous, spec]),
    )
    .addOption(
      new Option(
        '--to <destination>',
        'emulator, slack or webhook (default: by the secret there is)',
      ).argParser((word) => pickName('destination', destinationNames, word)),
    )
    .addOption(
      namesOption(
        '--context <name>',
        'thread context to send from (default: worker)',
        'context',
        contextNames,
      ),
    )
    .addOption(
      namesOption(
        '--strategy <name>',
        'delivery strategy (default: by configuration)',
        'strategy',
        strategyNames,
      ),
    )
    .addOption(durationOption('--timeout <duration>', 'total time for one notification (default: 15s)'))
    .option('--retry-ambiguous', 'send again what may have been delivered, at the risk of a duplicate')
    .option('--token-file <file>', 'read the bot token from this file; - is stdin')
    .option('--base-url <url>', 'base of the Web API, for GovSlack or another emulator')
    .option('--dry-run', 'print the exact requests and send nothing')
    .option('--print-config', 'print the configuration in effect and where each value comes from')
    .addOption(new Option('--token <token>').hideHelp().argParser(refuseToken))
    .addHelpText(
      'after',
      `
Examples:
  timer-notify send                                        to a local emulator, nothing to set up
  SLACK_BOT_TOKEN=… timer-notify send --channel '#general'
  timer-notify send --token-file - --after 2s < token      the token from stdin
  timer-notify send --context parked --strategy detached   see the bug in your own channel
  timer-notify send --text 'Tea is ready' --button 'Snooze=snooze:5m' --dry-run`,
    );
}

export async function run(command: Command, { terminal, interrupted }: CommandContext): Promise<number> {
  const options = command.opts<Options>();
  const settings = loadConfig({
    file: options.config,
    directory: process.cwd(),
    env: terminal.env,
    flags: flagLayer(options),
  });
  if (options.printConfig === true) {
    const rows = describeSettings(settings);
    terminal.print(options.json === true ? asJson({ config: rows }) : renderSettings(rows, terminal));
    return 0;
  }
  const files = options.output ?? [];
  checkOutputs(files);
  const destination = chooseDestination(options.to, settings);
  const request = requestOf(options, settings, destination);
  const requests = await plannedRequests(request);
  if (options.dryRun === true) {
    if (destination.kind === 'emulator') terminal.note(emulatorPortNote);
    terminal.print(
      options.json === true ? asJson({ dryRun: true, requests }) : renderRequests(requests, terminal),
    );
    return 0;
  }
  const quiet = options.quiet === true || options.json === true;
  if (!quiet) for (const line of introduction(destination, request, options)) terminal.note(line);
  if (!quiet && (options.text?.length ?? 0) > longText) terminal.note(longTextNote);
  const progress = await terminal.progress(quiet);
  const watch = watchSend(progress, request);
  const report = await send({ ...request, interrupted, onEvent: watch.onEvent }).finally(() => watch.stop());
  await writeOutputs(report, files);
  terminal.print(options.json === true ? JSON.stringify(report, null, 2) : renderSend(report, terminal));
  return report.ok ? 0 : 1;
}

const longTextNote = `Slack splits a text above ${longText} characters into several messages.`;
const emulatorPortNote = 'To the emulator: its port is only known when it runs.';

function refuseToken(token: string): never {
  protectSecret(token);
  throw new UsageError(
    'a token on the command line',
    'every user of this machine can read it in the process list, and the shell keeps it in its history',
    'set SLACK_BOT_TOKEN, or pass --token-file <file> (- reads stdin); and revoke this token if others use the machine',
  );
}

function flagLayer(options: Options): Layer {
  const flag = <Value>(value: Value | undefined, where: string): Sourced<Value> | undefined =>
    value === undefined ? undefined : { value, source: 'flag', where };
  return {
    channel: flag(options.channel, '--channel'),
    strategy: flag(options.strategy?.at(-1), '--strategy'),
    deadlineMs: flag(options.timeout, '--timeout'),
    retryAmbiguous: flag(options.retryAmbiguous, '--retry-ambiguous'),
    tokenFile: flag(options.tokenFile, '--token-file'),
    baseUrl: flag(baseUrlOf(options.baseUrl), '--base-url'),
  };
}

function baseUrlOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))
    return text.endsWith('/') ? text : `${text}/`;
  throw new UsageError(
    `bad --base-url "${text}"`,
    'it is no http or https URL',
    'write for example https://slack-gov.com/api/',
  );
}

function requestOf(
  options: Options,
  settings: Effective,
  destination: Destination,
): Omit<SendRequest, 'interrupted' | 'onEvent'> {
  const context = options.context?.at(-1) ?? 'worker';
  const timerName = newTimerName();
  return {
    context,
    strategy: chooseStrategy(settings, timerName, context === 'main').strategy,
    target: destination.kind === 'emulator' ? null : destination.target,
    channel: channelOf(settings.channel.value),
    timerName,
    message: {
      ...(options.text === undefined ? {} : { text: escapeText(options.text) }),
      ...(options.threadTs === undefined ? {} : { threadTs: options.threadTs }),
      ...(options.button === undefined ? {} : { buttons: options.button.map(readButton) }),
    },
    afterMs: options.after,
    deadlineMs: settings.deadlineMs.value,
    connections: settings.connections.value,
    queueLimit: settings.queueLimit.value,
    resilience: {
      maxRetries: settings.maxRetries.value,
      retryAmbiguous: settings.retryAmbiguous.value,
      rate: { perS: settings.ratePerS.value, burst: settings.rateBurst.value },
      breaker: { failures: settings.breakerFailures.value, openMs: settings.breakerOpenMs.value },
    },
    project: process.cwd(),
  };
}

/** `general` is meant as `#general`; IDs (C…, U…) stay as they are. */
function channelOf(text: string): string {
  return /^(#|@|[CDGUW][A-Z0-9]+$)/.test(text) ? text : `#${text}`;
}

function introduction(
  destination: Destination,
  { context, strategy }: Pick<SendRequest, 'context' | 'strategy'>,
  { channel }: Options,
): string[] {
  const how = `from context ${context} with strategy ${strategy}`;
  switch (destination.kind) {
    case 'emulator':
      return [
        `Sending to a local emulator of Slack ${how}.`,
        ...(destination.because === null
          ? []
          : [`It is not the real Slack because ${destination.because}; set SLACK_BOT_TOKEN to send there.`]),
      ];
    case 'slack':
      return [`Sending to Slack ${how}.`];
    case 'webhook':
      return [
        `Sending to the incoming webhook ${how}.`,
        ...(channel === undefined ? [] : ['A webhook posts to its own channel: --channel has no effect.']),
      ];
  }
}

function asJson(content: object): string {
  return JSON.stringify({ schemaVersion, kind: 'send', ok: true, ...content }, null, 2);
}
