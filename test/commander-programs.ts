import { Command } from 'commander';
import { describeOption } from '../src/commands/describe-option.ts';
import { commands } from '../src/commands/index.ts';
import { addCommonOptions } from '../src/commands/options.ts';

/** Each command with all its options, as the program has it; run does nothing. */
export async function configuredCommands(): Promise<readonly Command[]> {
  return Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const command = new Command(name).description(summary).exitOverride();
      command
        .configureOutput({ writeErr: () => {} })
        .configureHelp({ helpWidth: 100, optionDescription: describeOption });
      const module = await load();
      module.configure(command);
      addCommonOptions(command, module);
      return command.action(() => {});
    }),
  );
}
