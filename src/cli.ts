import { commands } from './commands/index.ts';
import { runProgram } from './commands/program.ts';

const [first = '--help', ...others] = process.argv.slice(2);
process.exitCode = await runProgram([first, ...others], commands);
