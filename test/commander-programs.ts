import { Command } from 'commander';
import { addCompletion } from '../src/commands/completion/add-completion.ts';
import { describeOption } from '../src/commands/describe-option.ts';
import { commands } from '../src/commands/index.ts';
import { addCommonOptions } from '../src/commands/options.ts';

function configuredCompletion(): readonly Command[] {
  const program = new Command('timer-notify');
  addCompletion(program);
  return program.commands.map((command) => {
    command.parent = null;
    return command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .configureHelp({ helpWidth: 100 })
      .action(() => {});
  });
}

/** Each command with all its options, as the program has it; run does nothing. */
export async function configuredCommands(): Promise<readonly Command[]> {
  const configured = await Promise.all(
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
  return [...configured, ...configuredCompletion()];
}
