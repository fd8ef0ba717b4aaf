import { emit, now } from './sink.cjs';
import { stackHere } from './stack.cjs';
import { isObject } from './wrap.cjs';

/** `kill -STOP …`, also in a line for a shell. */
const sendsStop = /\bp?kill(?:all)?\b[^;&|]*?\s-(?:s\s*|-signal[ =])?(?:(?:SIG)?(STOP|TSTP)|(19|20))\b/;
const longestCommand = 4000;
const processesNamed = 20;

/** A command that the program starts is to stop processes, which it names by their ids. */
export function reportStopCommand(options: unknown): void {
  const args: unknown = isObject(options) ? Reflect.get(options, 'args') : null;
  if (!Array.isArray(args)) return;
  const command = args.join(' ').slice(0, longestCommand);
  const [, name, number] = sendsStop.exec(command) ?? [];
  if (name === undefined && number === undefined) return;
  const signal = name === 'TSTP' || number === '20' ? 'SIGTSTP' : 'SIGSTOP';
  const named = (command.match(/(?<![\w.-])\d{2,}(?![\w.])/g) ?? []).map(Number);
  const pids = command.includes('$PPID') ? [process.pid, ...named] : named;
  if (pids.length === 0) return;
  emit({ e: 'stop-command', t: now(), pids: pids.slice(0, processesNamed), signal, stack: stackHere() });
}
