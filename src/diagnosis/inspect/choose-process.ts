import { list, readCommandLine, readStatus } from './proc.ts';
import { isNode, isPython } from './remote.ts';

export interface ProcessName {
  readonly pid: number;
  readonly command: string;
}

/** The user's own programs of a runtime that the doctor knows, whose command line contains the text. */
export function processesNamed(text: string): readonly ProcessName[] {
  // The text is an argument of whatever started this command, too: npx, a shell.
  const own = withAncestors(process.pid);
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => !own.has(pid) && readStatus(pid)?.uid === process.getuid?.())
    .map((pid) => ({ pid, command: readCommandLine(pid).join(' ') }))
    .filter(({ pid, command }) => command.includes(text) && (isNode(pid) || isPython(pid)));
}

function withAncestors(pid: number): ReadonlySet<number> {
  const line = new Set<number>();
  for (let at = pid; at > 1 && !line.has(at); at = readStatus(at)?.parentPid ?? 0) line.add(at);
  return line;
}
