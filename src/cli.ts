import { commands } from './commands/index.ts';
import { toolVersion } from './version.ts';

const args = process.argv.slice(2);

// Answered before commander is loaded: version queries are what scripts and doctors of other tools run most.
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${toolVersion()}\n`);
} else {
  const { runProgram } = await import('./commands/program.ts');
  process.exitCode = await runProgram(args, commands);
}
