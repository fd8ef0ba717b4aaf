import { existsSync, readFileSync } from 'node:fs';
import { commands } from './commands/index.ts';
import { builtFile } from './package-files.ts';
import { toolVersion } from './version.ts';

const args = process.argv.slice(2);
const [only = '--help', ...others] = args;

// Answered before commander is loaded: version queries are what scripts and doctors of other tools run most, and help is
// what a person waits for first.
if (others.length === 0 && (only === '--version' || only === '-V')) {
  process.stdout.write(`${toolVersion()}\n`);
} else {
  const help = others.length === 0 && (only === '--help' || only === '-h') ? writtenHelp() : null;
  if (help !== null) process.stdout.write(help);
  else {
    const { runProgram } = await import('./commands/program.ts');
    process.exitCode = await runProgram(args, commands);
  }
}

/** The build has written down what commander says at this width; null on a narrower terminal. */
function writtenHelp(): string | null {
  const file = builtFile('help.txt');
  return (process.stdout.columns ?? 100) >= 100 && existsSync(file) ? readFileSync(file, 'utf8') : null;
}
