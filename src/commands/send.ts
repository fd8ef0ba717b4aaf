import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { contextNames, strategyNames } from '../model/names.ts';
import type { Report } from '../model/report.ts';
import { presentationFields } from '../notification/presentation.ts';
import { chooseDestination, type Destination, destinationNames } from '../options/destination.ts';
import { describeInEffect } from '../options/in-effect.ts';
import { type ConfigRequest, loadConfig, surveyConfig } from '../options/layers.ts';
import { renderRequests } from '../report/terminal/requests.ts';
import { renderSend } from '../report/terminal/send.ts';
import { renderSettings } from '../report/terminal/settings.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { wrap } from '../report/terminal/wrap.ts';
import { checkOutputs } from '../report/write.ts';
import { protectSecret } from '../slack/redact.ts';
import { type PlannedRequest, plannedRequests } from '../trial/planned-requests.ts';
import { send } from '../trial/send.ts';
import type { CommandContext } from './command.ts';
import { noteUnlessQuiet } from './note-unless-quiet.ts';
import { durationOption, namesOption, offering, pickName, settingOption } from './options.ts';
import { documentPublisher, publishReport } from './publish-report.ts';
import {
  contextOf,
  introduction,
  type Plan,
  planOf,
  readMetadata,
  type SendOptions,
  settingFlags,
} from './send-options.ts';
import { watchSend } from './send-progress.ts';

export function configure(command: Command): void {
  command
    .addOption(settingOption('channel', '--channel <channel>'))
    .addOption(durationOption('--after <duration>', 'the timer’s duration').default(10_000, '10s'))
    .option('--text <text>', 'text of the expiry notification')
    .addOption(
      new Option('--markdown-text <text>', presentationFields.markdownText.help).conflicts([
        'text',
        'button',
      ]),
    )
    .option('--no-mrkdwn', 'show the text as it is, without Slack’s markup')
    .option('--thread-ts <ts>', 'reply to the message with this ts')
    .option('--reply-broadcast', presentationFields.replyBroadcast.help)
    .addOption(
      new Option(
        '--button <spec>',
        'a button, e.g. "Snooze=snooze:5m" or "Open=https://…"; repeat it',
      ).argParser((spec, previous: readonly string[] = []) => [...previous, spec]),
    )
    .addOption(
      offering(
        new Option('--to <destination>', 'emulator, slack or webhook').default(
          undefined,
          'slack or webhook if its secret is set, else emulator',
        ),
        async () => destinationNames,
      ).argParser((word) => pickName('destination', destinationNames, word)),
    )
    .addOption(
      namesOption('--context <name>', 'thread context to send from', 'context', contextNames).default(
        undefined,
        'worker',
      ),
    )
    .addOption(
      namesOption('--strategy <name>', 'delivery strategy', 'strategy', strategyNames).default(
        undefined,
        'by configuration',
      ),
    )
    .addOption(settingOption('username', '--username <name>'))
    .addOption(settingOption('iconEmoji', '--icon-emoji <emoji>'))
    .addOption(settingOption('iconUrl', '--icon-url <url>'))
    .addOption(settingOption('unfurlLinks', '--unfurl-links'))
    .option('--no-unfurl-links', 'show none')
    .addOption(settingOption('unfurlMedia', '--unfurl-media'))
    .option('--no-unfurl-media', 'show none')
    .addOption(
      new Option(
        '--metadata <json>',
        'metadata of the expiry: {"event_type": "…", "event_payload": {…}}',
      ).argParser(readMetadata),
    )
    .addOption(settingOption('deadlineMs', '--timeout <duration>'))
    .addOption(settingOption('retryAmbiguous', '--retry-ambiguous'))
    .addOption(settingOption('tokenFile', '--token-file <file>'))
    .addOption(settingOption('baseUrl', '--base-url <url>'))
    .option('--dry-run', 'print the exact requests and send nothing')
    .addOption(
      new Option(
        '--print-config',
        'print the configuration in effect and where each value comes from, and every fault in it',
      ).conflicts('dryRun'),
    )
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

export async function run(command: Command, context: CommandContext): Promise<number> {
  const options = command.opts<SendOptions>();
  const { terminal } = context;
  const request: ConfigRequest = {
    file: options.config,
    directory: process.cwd(),
    env: terminal.env,
    flags: settingFlags(options),
    onNote: noteUnlessQuiet(options, terminal),
  };
  if (options.printConfig === true) return printConfig(request, options, terminal);
  const settings = loadConfig(request);
  if (options.dryRun !== true) checkOutputs(options.output ?? []);
  const destination = chooseDestination(options.to, settings);
  const plan = planOf(options, settings, destination);
  const requests = await plannedRequests(plan);
  if (options.dryRun === true) return printRequests(requests, destination, options, terminal);
  const report = await sendWatched(plan, introduction(destination, plan, options), options, context);
  return publishReport(report, {
    terminal,
    options,
    render: (safe) => renderSend(safe, terminal),
  });
}

async function sendWatched(
  plan: Plan,
  lines: readonly string[],
  { quiet = false, json = false }: SendOptions,
  { terminal, interrupted }: CommandContext,
): Promise<Report> {
  const silent = quiet || json;
  if (!silent) for (const line of lines) terminal.note(terminal.stderrIsTty ? wrapped(line, terminal) : line);
  const watch = watchSend(await terminal.progress(silent), plan);
  return send({ ...plan, interrupted, onEvent: watch.onEvent }).finally(() => watch.stop());
}

/** A broken file or variable is what one looks here for: what is right of it is shown, and every fault named. */
async function printConfig(
  request: ConfigRequest,
  options: SendOptions,
  terminal: Terminal,
): Promise<number> {
  const publish = documentPublisher('send --print-config', options, terminal);
  const { effective, problems: faults } = surveyConfig(request);
  const { rows, problems: others } = describeInEffect(effective, contextOf(options) === 'main');
  const problems = [...faults, ...others];
  const sound = problems.length === 0;
  await publish({ config: rows, problems: problems.map(({ message }) => message), ok: sound }, () =>
    renderSettings(rows, terminal),
  );
  if (options.json !== true)
    for (const problem of problems) terminal.note(`${terminal.err.red('error:')} ${problem.message}`);
  return sound ? 0 : 2;
}

async function printRequests(
  requests: readonly PlannedRequest[],
  destination: Destination,
  options: SendOptions,
  terminal: Terminal,
): Promise<number> {
  const publish = documentPublisher('send --dry-run', options, terminal);
  if (destination.kind === 'emulator') terminal.note('To the emulator: its port is only known when it runs.');
  await publish({ dryRun: true, requests, ok: true }, () => renderRequests(requests, terminal));
  return 0;
}

function refuseToken(token: string): never {
  protectSecret(token);
  throw new UsageError(
    'a token on the command line',
    'every user of this machine can read it in the process list, and the shell keeps it in its history',
    'set SLACK_BOT_TOKEN, or pass --token-file <file> (- reads stdin); and revoke this token if others use the machine',
  );
}

function wrapped(line: string, { columns }: Terminal): string {
  return wrap(line, Math.min(columns, 100)).join('\n');
}
