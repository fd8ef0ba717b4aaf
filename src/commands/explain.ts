import { Argument, type Command } from 'commander';
import { causes } from '../model/cause.ts';
import { causePage, causeSentence } from '../report/cause-page.ts';
import { renderCause, renderCauses } from '../report/terminal/explain.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { noteIdleConfig } from './idle-config.ts';
import { offering, pickName } from './options.ts';
import { documentPublisher } from './publish-report.ts';

/** What it prints is no report. */
export const isDocument = true;

export function configure(command: Command): void {
  const cause = new Argument('[cause]', 'a verdict of doctor, for example loop-parked; none lists them all');
  command.addArgument(offering(cause, async () => causes)).addHelpText(
    'after',
    `
Examples:
  timer-notify explain                 every cause in a line
  timer-notify explain loop-parked
  timer-notify explain await-unsettled --json
`,
  );
}

export async function run(command: Command, { terminal }: CommandContext): Promise<number> {
  const options = command.opts<CommonOptions>();
  const publish = documentPublisher('explain', options, terminal);
  noteIdleConfig('explain', options, terminal);
  const [asked] = command.args;
  if (asked === undefined) {
    const all = causes.map((cause) => ({ cause, text: causeSentence(cause) }));
    await publish({ causes: all, ok: true }, () => renderCauses(all, terminal.columns));
    return 0;
  }
  const cause = pickName('cause', causes, asked);
  const page = causePage(cause);
  await publish({ cause, text: page, ok: true }, () => renderCause(page, cause, terminal.columns));
  return 0;
}
